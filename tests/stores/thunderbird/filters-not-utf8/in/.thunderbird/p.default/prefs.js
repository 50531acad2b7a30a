# Mozilla User Preferences

user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.accountmanager.accounts", "account1");
user_pref("mail.identity.id1.fcc_folder", "mailbox://alice@pop.old.example/Sent Töpfe");
user_pref("mail.identity.id1.useremail", "alice@old.example");
user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/pop.old.example");
user_pref("mail.server.server1.hostname", "pop.old.example");
user_pref("mail.server.server1.name", "Töpfe");
user_pref("mail.server.server1.type", "pop3");
user_pref("mail.server.server1.userName", "alice");
