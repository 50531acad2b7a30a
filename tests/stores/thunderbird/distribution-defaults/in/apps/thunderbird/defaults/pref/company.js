// Settings of this company
pref("mail.server.default.socketType", 3);
pref("mail.smtpserver.smtp1.try_ssl", 1, locked);
pref("mail.server.default.login_at_startup", true);
