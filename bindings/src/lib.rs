//! Swift, Kotlin and Python bindings of waxseal. The interface is not built yet.
