//! The script that makes the XCFramework, without a Mac: its tools are stand-ins that note what they are called with and make what
//! the real ones make. Whether Xcode takes the result can only be seen on a Mac; that it gets what it is documented to want is here.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::need::{root, trial};

/// A stand-in for cargo, the generator that it builds, and the tools of a Mac.
const TOOLS: &[(&str, &str)] = &[
    (
        "cargo",
        r#"
case "$*" in
  *generator*) echo "{\"executable\":\"$TOOLS/waxseal-generator\"}" ;;
  rustc*--target*)
    target=$(sed 's/.*--target \([^ ]*\).*/\1/' <<<"$*")
    mkdir -p "$TOOLS/$target"; echo "$target" >"$TOOLS/$target/libwaxseal_uniffi.a"
    echo "{\"filenames\":[\"$TOOLS/$target/libwaxseal_uniffi.a\"]}" ;;
  *) touch "$TOOLS/libwaxseal_uniffi.dylib" "$TOOLS/waxseal"
    echo "{\"filenames\":[\"$TOOLS/libwaxseal_uniffi.dylib\"]}"; echo "{\"executable\":\"$TOOLS/waxseal\"}" ;;
esac"#,
    ),
    (
        "waxseal-generator",
        r#"
while [ "$1" != --out-dir ]; do shift; done
mkdir -p "$2"; echo 'import WaxsealFFI' >"$2/Waxseal.swift"; echo '// a header' >"$2/WaxsealFFI.h""#,
    ),
    ("lipo", r#"[ "$1" = -create ] && cat "$2" "$3" >"$5""#),
    (
        "xcodebuild",
        r#"
[ "$1 $2 $4 $6" = "-create-xcframework -library -headers -output" ] && [ ! -e "$7" ]
mkdir -p "$7/macos-arm64_x86_64/Headers"; cp "$3" "$7/macos-arm64_x86_64/"; cp -R "$5/." "$7/macos-arm64_x86_64/Headers/""#,
    ),
    ("ditto", r#"[ "$1 $2 $3" = "-c -k --keepParent" ] && [ -d "$4" ] && echo zip >"$5""#),
    ("swift", r#"[ "$1 $2" = "package compute-checksum" ] && [ -f "$3" ] && echo checksum"#),
];

/// The trial.
pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("bindings::xcframework-is-made-of-both-macs".to_owned(), &[], made)]
}

fn made() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (tools, bindings) = (folder.path().join("tools"), folder.path().join("bindings"));
    fs::create_dir_all(&tools)?;
    for (name, text) in TOOLS {
        let path = tools.join(name);
        fs::write(&path, format!("#!/bin/bash\nset -euo pipefail\necho \"{name} $*\" >>\"$TOOLS/log\"\n{text}\n"))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    for file in ["generate", "uniffi.toml", "swift/prepare", "swift/xcframework", "swift/Sources/WaxsealFFI/module.modulemap"] {
        let to = bindings.join(file);
        fs::create_dir_all(to.parent().unwrap_or(&bindings))?;
        fs::copy(root().join("bindings").join(file), to)?;
    }
    let path = format!("{}:/usr/bin:/bin", tools.display());
    let script = bindings.join("swift/xcframework");
    let done = Command::new(&script).env_clear().env("PATH", path).env("TOOLS", &tools).output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned().into());
    }
    assert_eq!(String::from_utf8_lossy(&done.stdout), "checksum\n");
    let slice = bindings.join("swift/target/WaxsealFFI.xcframework/macos-arm64_x86_64");
    assert_eq!(fs::read_to_string(slice.join("libwaxseal_uniffi.a"))?, "aarch64-apple-darwin\nx86_64-apple-darwin\n");
    // What `import WaxsealFFI` finds: the module's map in a folder of its name, and in it the header that the generator wrote.
    let module = slice.join("Headers/WaxsealFFI");
    let map = fs::read_to_string(module.join("module.modulemap"))?;
    assert!(map.starts_with("module WaxsealFFI {") && map.contains("header \"WaxsealFFI.h\""), "{map}");
    assert_eq!(fs::read_to_string(module.join("WaxsealFFI.h"))?, "// a header\n");
    assert!(bindings.join("swift/target/WaxsealFFI.xcframework.zip").is_file());
    let log = fs::read_to_string(tools.join("log"))?;
    for target in ["aarch64-apple-darwin", "x86_64-apple-darwin"] {
        let call = log.lines().find(|line| line.contains(target)).ok_or_else(|| Failed::from(log.as_str()))?;
        for word in ["rustc", "--locked", "--release", "--lib", "--crate-type staticlib"] {
            assert!(call.contains(word), "{word} is not in: {call}");
        }
    }
    without_a_mac(&script)
}

/// Elsewhere it says what it needs, and does nothing.
fn without_a_mac(script: &Path) -> Result<(), Failed> {
    let done = Command::new(script).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", "/nowhere").output()?;
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("this needs a Mac with Xcode and Rust"));
    Ok(())
}
