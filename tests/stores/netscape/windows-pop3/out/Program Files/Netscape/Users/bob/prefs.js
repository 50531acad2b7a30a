// Netscape User Preferences
// This is a generated file!  Do not edit.

user_pref("mail.check_new_mail", true);
user_pref("mail.directory", "C:\\Program Files\\Netscape\\Users\\bob\\Mail");
user_pref("mail.identity.useremail", "bob@old.example");
user_pref("mail.leave_on_server", true);
user_pref("mail.pop_name", "bob");
user_pref("mail.pop_password", "b2xkLXNlY3JldA==");
user_pref("mail.remember_password", true);
user_pref("mail.server_type", 0);
user_pref("mail.smtp.ssl", 2);
user_pref("mail.smtp_name", "bob");
user_pref("network.hosts.pop_server", "pop.old.example");
user_pref("network.hosts.smtp_server", "ssl.new.example:587");
