// Netscape User Preferences
// This is a generated file!  Do not edit.

user_pref("mail.identity.useremail", "eve@old.example");
user_pref("mail.pop_name", "eve");
user_pref("mail.server_type", 0);
user_pref("mail.smtp.ssl", 1);
user_pref("mail.smtp_name", "eve");
user_pref("network.hosts.pop_server", "pop.old.example:1100");
user_pref("network.hosts.smtp_server", "smtp.old.example");
