// Netscape User Preferences
// This is a generated file!  Do not edit.

user_pref("mail.identity.useremail", "carol@old.example");
user_pref("mail.pop_name", "carol");
user_pref("mail.server_type", 0);
user_pref("mail.smtp_name", "carol");
user_pref("network.hosts.pop_server", "pop.old.example");
user_pref("network.hosts.smtp_server", "smtp.old.example");
