// Mozilla User Preferences

user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.accountmanager.accounts", "account1");
user_pref("mail.identity.id1.smtpServer", "smtp1");
user_pref("mail.identity.id1.useremail", "alice@a.example");
user_pref("mail.server.server1.directory-rel", "[ProfD]ImapMail/old");
user_pref("mail.server.server1.hostname", "imap.a.example");
user_pref("mail.server.server1.type", "imap");
user_pref("mail.server.server1.userName", "alice");
user_pref("mail.smtpserver.smtp1.hostname", "smtp.a.example");
user_pref("mail.smtpserver.smtp1.port", 25);
user_pref("mail.smtpserver.smtp1.username", "alice");
user_pref("mail.smtpservers", "smtp1");
