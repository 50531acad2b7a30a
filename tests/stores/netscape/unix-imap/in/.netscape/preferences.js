// Netscape User Preferences
// This is a generated file!  Do not edit.

user_pref("browser.startup.homepage_override", false);
user_pref("mail.check_new_mail", true);
user_pref("mail.default_drafts", "IMAP://alice@mail.old.example/Drafts");
user_pref("mail.default_fcc", "IMAP://alice@mail.old.example/Sent");
user_pref("mail.default_templates", "mailbox:/home/joe/nsmail/Templates");
user_pref("mail.identity.useremail", "alice@old.example");
user_pref("mail.identity.username", "Alice");
user_pref("mail.imap.server.mail.old.example.admin_url", "");
user_pref("mail.imap.server.mail.old.example.capability", 1184);
user_pref("mail.imap.server.mail.old.example.check_new_mail", true);
user_pref("mail.imap.server.mail.old.example.check_time", 15);
user_pref("mail.imap.server.mail.old.example.delete_model", 1);
user_pref("mail.imap.server.mail.old.example.isSecure", false);
user_pref("mail.imap.server.mail.old.example.namespace.personal", "\"\"");
user_pref("mail.imap.server.mail.old.example.net.isSecure", false);
user_pref("mail.imap.server.mail.old.example.net.userName", "team");
user_pref("mail.imap.server.mail.old.example.password", "c2VjcmV0LW9sZA==");
user_pref("mail.imap.server.mail.old.example.remember_password", true);
user_pref("mail.imap.server.mail.old.example.userName", "alice");
user_pref("mail.imap_sentmail_path", "imap://mail.old.example/Sent");
user_pref("mail.server_type", 1);
user_pref("mail.smtp_name", "alice");
user_pref("network.hosts.imap_servers", "mail.old.example,mail.old.example.net");
user_pref("network.hosts.smtp_server", "smtp.old.example");
