// Fetches the account args.account (a key; the first POP3 or IMAP one otherwise) within args.seconds (15).
const seconds = args.seconds ?? 15;
const account = accountOf(args.account);
const server = account.incomingServer;
const count = () => inboxOf(server)?.getTotalMessages(false) ?? null;
const before = count();
let status = "0x0";
if (server.type == "pop3") {
  status = await statusOf(seconds, (listener) => MailServices.pop3.GetNewMail(null, listener, inboxOf(server) ?? server.rootFolder, server));
} else {
  // Folders first: a new profile has no inbox, and a failure to connect is told by this listener.
  status = await statusOf(seconds, (listener) => MailServices.imap.discoverAllFolders(server.rootFolder, listener, null));
  if (status == "0x0") status = await statusOf(seconds, (listener) => inboxOf(server).getNewMessages(null, listener));
}
const inbox = inboxOf(server);
const subjects = [];
if (inbox) for (const header of inbox.messages) subjects.push(header.mime2DecodedSubject);
return {
  account: account.key, type: server.type, hostname: hostOf(server), port: server.port, socketType: server.socketType,
  status, before, messages: count(), subjects: subjects.sort(),
};
