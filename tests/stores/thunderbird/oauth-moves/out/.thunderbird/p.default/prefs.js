// Mozilla User Preferences

user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account2.identities", "id2");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.accountmanager.accounts", "account1,account2");
user_pref("mail.identity.id1.useremail", "alice@old.example");
user_pref("mail.identity.id2.useremail", "bob@old.example");
user_pref("mail.server.server1.authMethod", 10);
user_pref("mail.server.server1.hostname", "imap.new.example");
user_pref("mail.server.server1.port", 993);
user_pref("mail.server.server1.socketType", 3);
user_pref("mail.server.server1.type", "imap");
user_pref("mail.server.server1.userName", "alice@old.example");
user_pref("mail.server.server2.authMethod", 10);
user_pref("mail.server.server2.hostname", "imap.new.example");
user_pref("mail.server.server2.oauth2.issuer", "login.old.example");
user_pref("mail.server.server2.oauth2.scope", "mail");
user_pref("mail.server.server2.port", 993);
user_pref("mail.server.server2.socketType", 3);
user_pref("mail.server.server2.type", "imap");
user_pref("mail.server.server2.userName", "bob@old.example");
