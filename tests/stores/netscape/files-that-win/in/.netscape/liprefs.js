// Netscape User Preferences
// This is a generated file!  Do not edit.

user_pref("mail.leave_on_server", false);
user_pref("mail.pop_name", "joe");
user_pref("network.hosts.smtp_server", "relay.old.example");
