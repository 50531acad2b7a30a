user_pref("network.hosts.smtp_server", "relay.old.example"); // the department
