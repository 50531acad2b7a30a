// Mozilla User Preferences

user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.accountmanager.accounts", "account1");
user_pref("mail.identity.id1.fcc_folder", "mailbox://alice@ssl.new.example/Sent");
user_pref("mail.identity.id1.smtpServer", "smtp1");
user_pref("mail.identity.id1.useremail", "alice@old.example");
user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/pop.old.example");
user_pref("mail.server.server1.hostname", "ssl.new.example");
user_pref("mail.server.server1.port", 995);
user_pref("mail.server.server1.socketType", 3);
user_pref("mail.server.server1.type", "pop3");
user_pref("mail.server.server1.userName", "alice");
user_pref("mail.smtpserver.smtp1.hostname", "smtp.old.example");
user_pref("mail.smtpserver.smtp1.username", "alice");
user_pref("mail.smtpservers", "smtp1");
