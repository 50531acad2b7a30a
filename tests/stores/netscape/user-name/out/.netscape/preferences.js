// Netscape User Preferences
// This is a generated file!  Do not edit.

user_pref("mail.identity.useremail", "rosa@old.example");
user_pref("mail.leave_on_server", true);
user_pref("mail.pop_name", "r.rosa");
user_pref("mail.server_type", 0);
user_pref("mail.smtp_name", "rosa");
user_pref("network.hosts.pop_server", "pop.old.example");
user_pref("network.hosts.smtp_server", "smtp.old.example");
