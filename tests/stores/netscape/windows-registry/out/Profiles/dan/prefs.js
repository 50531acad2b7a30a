// Netscape User Preferences
// This is a generated file!  Do not edit.

user_pref("mail.identity.useremail", "dan@old.example");
user_pref("mail.pop_name", "dan");
user_pref("mail.server_type", 0);
user_pref("mail.smtp.ssl", 2);
user_pref("mail.smtp_name", "dan");
user_pref("network.hosts.pop_server", "pop.old.example");
user_pref("network.hosts.smtp_server", "ssl.new.example:587");
