// Mozilla User Preferences

user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.account.account3.server", "server3");
user_pref("mail.accountmanager.accounts", "account1,account2,account3");
user_pref("mail.identity.id1.useremail", "alice@old.example");
user_pref("mail.server.default.isSecure", true);
user_pref("mail.server.default.socketType", 2);
user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/pop.old.example");
user_pref("mail.server.server1.hostname", "pop.old.example");
user_pref("mail.server.server1.isSecure", true);
user_pref("mail.server.server1.type", "pop3");
user_pref("mail.server.server1.userName", "alice");
user_pref("mail.server.server2.directory-rel", "[ProfD]Mail/pop.two.example");
user_pref("mail.server.server2.hostname", "pop.two.example");
user_pref("mail.server.server2.isSecure", false);
user_pref("mail.server.server2.type", "pop3");
user_pref("mail.server.server2.userName", "alice");
user_pref("mail.server.server3.directory-rel", "[ProfD]Mail/pop.three.example");
user_pref("mail.server.server3.hostname", "pop.three.example");
user_pref("mail.server.server3.isSecure", true);
user_pref("mail.server.server3.socketType", 0);
user_pref("mail.server.server3.type", "pop3");
user_pref("mail.server.server3.userName", "alice");
