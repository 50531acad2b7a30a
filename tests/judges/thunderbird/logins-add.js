// Saves logins. args.logins: [{origin, username, password}], the realm being the origin, as mail servers have it.
for (const { origin, username, password } of args.logins) {
  const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
  login.init(origin, null, origin, username, password, "", "");
  await Services.logins.addLoginAsync(login);
}
return loginsOf();
