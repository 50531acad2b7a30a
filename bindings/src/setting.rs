//! The settings, as an enum of each language.

use waxseal::setting as core;

macro_rules! settings {
    ($($variant:ident $doc:literal,)*) => {
        /// One field of an account.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
        pub enum Setting {
            $(#[doc = $doc] $variant,)*
        }

        impl From<core::Setting> for Setting {
            fn from(setting: core::Setting) -> Setting {
                match setting { $(core::Setting::$variant => Setting::$variant,)* }
            }
        }

        impl From<Setting> for core::Setting {
            fn from(setting: Setting) -> core::Setting {
                match setting { $(Setting::$variant => core::Setting::$variant,)* }
            }
        }

        #[cfg(test)]
        const DOCS: &[(Setting, &str)] = &[$((Setting::$variant, $doc),)*];
    };
}

settings! {
    IncomingProtocol "How mail is fetched; read only.",
    IncomingHost "The server that mail is fetched from.",
    IncomingPort "Its TCP port.",
    IncomingSecurity "How the connection to it is protected.",
    IncomingAuth "How the client proves to it who it is.",
    IncomingUsername "The user name at it.",
    OutgoingHost "The server that mail is sent through.",
    OutgoingPort "Its TCP port; in a rule also a list, tried in order.",
    OutgoingSecurity "How the connection to it is protected.",
    OutgoingAuth "How the client proves to it who it is; none means that no login is asked for.",
    OutgoingUsername "The user name at it.",
    LeaveOnServer "Whether fetched mail stays on the POP3 server.",
    DeleteAfterDays "After how many days the client deletes mail that it left on the POP3 server.",
    DeleteWhenDeletedLocally "Whether mail deleted here is deleted on the POP3 server too.",
    CheckAtStartup "Whether the client fetches mail when it starts.",
    CheckEveryMinutes "How often the client looks for new mail.",
    JunkLevel "How eagerly the client sorts mail out as junk.",
    JunkDeleteAfterDays "After how many days junk is deleted.",
    JunkSafeSenders "Addresses and @domains whose mail is never junk; added to the user's own, never removed.",
}

#[uniffi::export]
impl Setting {
    /// The dotted name that policies, the command line and JSON use: `incoming.port`.
    pub fn label(&self) -> String {
        core::Setting::from(*self).name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{DOCS, core};

    #[test]
    fn the_docs_are_those_of_the_table_and_in_its_order() {
        let ours: Vec<(core::Setting, &str)> = DOCS.iter().map(|(setting, doc)| ((*setting).into(), *doc)).collect();
        let table: Vec<(core::Setting, &str)> = core::SETTINGS.iter().map(|info| (info.setting, info.doc)).collect();
        assert_eq!(ours, table);
    }
}
