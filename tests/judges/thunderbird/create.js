// Lets Thunderbird make an account by itself, with its folders and one rule. args: {protocol, username, hostname, port, socketType, authMethod, email, smtp: {hostname, port, socketType, authMethod}}.
const server = MailServices.accounts.createIncomingServer(args.username, args.hostname, args.protocol);
server.port = args.port;
server.socketType = args.socketType;
server.authMethod = args.authMethod;
server.doBiff = false;
server.loginAtStartUp = false;
const smtp = MailServices.outgoingServer.createServer("smtp");
smtp.QueryInterface(Ci.nsISmtpServer);
smtp.hostname = args.smtp.hostname;
smtp.port = args.smtp.port;
smtp.username = args.username;
smtp.socketType = args.smtp.socketType;
smtp.authMethod = args.smtp.authMethod;
MailServices.outgoingServer.defaultServer = smtp;
const identity = MailServices.accounts.createIdentity();
identity.email = args.email;
identity.fullName = args.username;
identity.smtpServerKey = smtp.key;
identity.valid = true;
const account = MailServices.accounts.createAccount();
account.addIdentity(identity);
account.incomingServer = server;
server.valid = true;
MailServices.accounts.defaultAccount = account;
if (!MailServices.accounts.accounts.some((a) => a.incomingServer.type == "none")) MailServices.accounts.createLocalMailAccount();
identity.fccFolderURI = `${server.serverURI}/Sent`;
identity.draftsFolderURI = `${server.serverURI}/Drafts`;
identity.archivesFolderURI = `${server.serverURI}/Archives`;
identity.templatesFolderURI = `${server.serverURI}/Templates`;
if (args.protocol == "pop3") {
  server.QueryInterface(Ci.nsIPop3IncomingServer).leaveMessagesOnServer = true;
  for (const name of ["Sent", "Drafts", "Archives", "Templates", "Lists"]) {
    if (!server.rootFolder.containsChildNamed(name)) server.rootFolder.createSubfolder(name, null);
  }
}
// A rule, as its own dialog makes one.
const filters = server.getFilterList(null);
const filter = filters.createFilter("lists");
const term = filter.createTerm();
term.attrib = Ci.nsMsgSearchAttrib.Subject;
term.op = Ci.nsMsgSearchOp.Contains;
const value = term.value;
value.attrib = term.attrib;
value.str = "[lists]";
term.value = value;
term.booleanAnd = true;
filter.appendTerm(term);
const action = filter.createAction();
action.type = Ci.nsMsgFilterAction.MoveToFolder;
action.targetFolderUri = `${server.serverURI}/Lists`;
filter.appendAction(action);
filter.enabled = true;
filters.insertFilterAt(0, filter);
filters.saveToDefaultFile();
MailServices.accounts.saveAccountInfo();
return { account: account.key, server: server.key, identity: identity.key, smtp: smtp.key };
