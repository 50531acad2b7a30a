// Netscape User Preferences
// This is a generated file!  Do not edit.

user_pref("mail.identity.useremail", "bob@old.example");
user_pref("mail.imap.server.imap.old.example.check_new_mail", true);
user_pref("mail.imap.server.imap.old.example.check_time", 5);
user_pref("mail.imap.server.imap.old.example.isSecure", false);
user_pref("mail.imap.server.imap.old.example.userName", "bob");
user_pref("mail.server_type", 1);
user_pref("mail.smtp_name", "bob");
user_pref("network.hosts.imap_servers", "imap.old.example");
user_pref("network.hosts.smtp_server", "smtp.old.example");
