// Mozilla User Preferences

user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account2.identities", "id2");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.accountmanager.accounts", "account1,account2");
user_pref("mail.identity.id1.useremail", "alice@a.example");
user_pref("mail.identity.id2.useremail", "bob@b.example");
user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/pop.a.example");
user_pref("mail.server.server1.hostname", "pop.a.example");
user_pref("mail.server.server1.socketType", 3);
user_pref("mail.server.server1.type", "pop3");
user_pref("mail.server.server1.userName", "alice");
user_pref("mail.server.server2.directory-rel", "[ProfD]ImapMail/imap.b.example");
user_pref("mail.server.server2.hostname", "imap.b.example");
user_pref("mail.server.server2.socketType", 3);
user_pref("mail.server.server2.type", "imap");
user_pref("mail.server.server2.userName", "bob");
