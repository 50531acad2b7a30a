// Netscape User Preferences
// This is a generated file!  Do not edit.

user_pref("li.enabled", true);
user_pref("mail.check_new_mail", false);
user_pref("mail.identity.useremail", "joe@old.example");
user_pref("mail.leave_on_server", false);
user_pref("mail.pop_name", "joe");
user_pref("mail.server_type", 0);
user_pref("network.hosts.pop_server", "pop.old.example");
user_pref("network.hosts.smtp_server", "relay.old.example");
