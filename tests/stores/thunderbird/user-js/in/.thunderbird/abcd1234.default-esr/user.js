// kept by hand
user_pref("mail.server.server1.port", 110); // plain
user_pref("mail.server.server1.socketType", 0);
user_pref("mailnews.start_page.enabled", false);
