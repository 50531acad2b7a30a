// What the client brings itself
pref("mail.server.default.check_time", 10);
pref("mail.server.default.socketType", 0);
