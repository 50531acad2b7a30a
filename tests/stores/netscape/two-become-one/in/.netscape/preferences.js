// Netscape User Preferences
// This is a generated file!  Do not edit.

user_pref("mail.identity.useremail", "joe@old.example");
user_pref("mail.imap.server.a.old.example.userName", "joe");
user_pref("mail.imap.server.b.old.example.userName", "ann");
user_pref("mail.server_type", 1);
user_pref("network.hosts.imap_servers", "a.old.example, b.old.example");
