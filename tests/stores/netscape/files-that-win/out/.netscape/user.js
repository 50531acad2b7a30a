user_pref("network.hosts.smtp_server", "ssl.new.example"); // the department
