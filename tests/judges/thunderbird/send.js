// Sends one message: args.account (the first POP3 or IMAP one otherwise), args.identity (its default one), args.to, args.subject, args.seconds (15).
const account = accountOf(args.account);
const identity = args.identity ? account.identities.find((i) => i.key == args.identity) : account.defaultIdentity;
const server = MailServices.outgoingServer.getServerByIdentity(identity);
const smtp = server.QueryInterface(Ci.nsISmtpServer);
const to = args.to ?? "peer@example.test";
const id = `${Services.uuid.generateUUID().toString().slice(1, -1)}@example.test`;
const file = Services.dirsvc.get("TmpD", Ci.nsIFile);
file.append("waxseal-outgoing.eml");
file.createUnique(Ci.nsIFile.NORMAL_FILE_TYPE, 0o600);
await IOUtils.writeUTF8(file.path,
  `From: ${identity.email}\r\nTo: ${to}\r\nSubject: ${args.subject ?? "sent"}\r\nMessage-ID: <${id}>\r\n\r\nA message.\r\n`);
const outcome = await within(args.seconds ?? 15, new Promise((resolve) => {
  server.sendMailMessage(file, MailServices.headerParser.parseEncodedHeaderW(to), [], identity, identity.email, "", null, false, id, {
    QueryInterface: ChromeUtils.generateQI(["nsIMsgOutgoingListener"]),
    onSendStart() {},
    onSendStop(uri, status, security, message) { resolve({ status: hex(status), message: message || null }); },
  });
}));
await IOUtils.remove(file.path, { ignoreAbsent: true });
return {
  identity: identity.key, smtp: server.key, hostname: smtp.hostname, port: smtp.port, socketType: server.socketType, authMethod: server.authMethod,
  ...(typeof outcome == "string" ? { status: outcome, message: null } : outcome),
};
