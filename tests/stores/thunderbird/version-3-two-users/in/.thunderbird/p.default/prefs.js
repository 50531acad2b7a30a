# Mozilla User Preferences

user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account2.identities", "id2");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.accountmanager.accounts", "account1,account2");
user_pref("mail.identity.id1.fcc_folder", "mailbox://alice@pop.old.example/Sent");
user_pref("mail.identity.id1.smtpServer", "smtp1");
user_pref("mail.identity.id1.useremail", "alice@old.example");
user_pref("mail.identity.id2.smtpServer", "smtp2");
user_pref("mail.identity.id2.useremail", "bob@old.example");
user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/pop.old.example");
user_pref("mail.server.server1.hostname", "pop.old.example");
user_pref("mail.server.server1.type", "pop3");
user_pref("mail.server.server1.userName", "alice");
user_pref("mail.server.server2.directory-rel", "[ProfD]Mail/pop.old-1.example");
user_pref("mail.server.server2.hostname", "pop.old.example");
user_pref("mail.server.server2.type", "pop3");
user_pref("mail.server.server2.userName", "bob");
user_pref("mail.smtpserver.smtp1.hostname", "smtp.old.example");
user_pref("mail.smtpserver.smtp1.username", "alice");
user_pref("mail.smtpserver.smtp2.hostname", "smtp.bob.example");
user_pref("mail.smtpserver.smtp2.port", 465);
user_pref("mail.smtpserver.smtp2.try_ssl", 3);
user_pref("mail.smtpserver.smtp2.username", "bob");
user_pref("mail.smtpservers", "smtp1,smtp2");
