// kept by hand
user_pref("mail.server.server1.port", 995); // plain
user_pref("mail.server.server1.socketType", 3);
user_pref("mailnews.start_page.enabled", false);
