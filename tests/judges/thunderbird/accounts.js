// What Thunderbird understands of the profile: accounts, outgoing servers, identities' folders, filters, saved searches, saved logins.
const logins = await loginsOf();
const exists = (uri) => Boolean(uri && MailUtils.getExistingFolder(uri));
const target = (uri) => (uri ? { uri, exists: exists(uri) } : null);
const known = (scheme, host, user) => logins.some((l) => l.origin == `${scheme}://${host}` && l.httpRealm == l.origin && l.username == user && l.password);
const attempt = (read) => { try { return read(); } catch (error) { return null; } };

const filtersOf = (server) => {
  const list = attempt(() => server.getFilterList(null));
  const filters = [];
  for (let i = 0; list && i < list.filterCount; i++) {
    const filter = list.getFilterAt(i);
    const actions = [];
    for (let j = 0; j < filter.actionCount; j++) {
      const action = filter.getActionAt(j);
      const moves = [Ci.nsMsgFilterAction.MoveToFolder, Ci.nsMsgFilterAction.CopyToFolder].includes(action.type);
      actions.push({ type: action.type, target: moves ? target(attempt(() => action.targetFolderUri)) : null });
    }
    filters.push({ name: filter.filterName, enabled: filter.enabled, actions });
  }
  return filters;
};

const accounts = MailServices.accounts.accounts.map((account) => {
  const server = account.incomingServer;
  const spam = server.spamSettings;
  const scheme = { pop3: "mailbox", imap: "imap" }[server.type];
  const seen = {
    key: account.key, server: server.key, type: server.type, name: server.prettyName, hostname: hostOf(server), port: server.port,
    socketType: server.socketType, authMethod: server.authMethod, username: server.username,
    uri: server.serverURI, directory: server.localPath.path,
    doBiff: server.doBiff, biffMinutes: server.biffMinutes, loginAtStartUp: server.loginAtStartUp,
    login: scheme ? known(scheme, hostOf(server), server.username) : null,
    spam: spam && {
      level: spam.level, moveOnSpam: spam.moveOnSpam, moveTargetMode: spam.moveTargetMode,
      actionTargetAccount: spam.actionTargetAccount, actionTargetFolder: spam.actionTargetFolder,
      purge: spam.purge, purgeInterval: spam.purgeInterval, useWhiteList: spam.useWhiteList, whiteListAbURI: spam.whiteListAbURI,
      useServerFilter: spam.useServerFilter, serverFilterName: spam.serverFilterName, serverFilterTrustFlags: spam.serverFilterTrustFlags,
      folder: target(attempt(() => spam.spamFolderURI)),
    },
    filters: filtersOf(server),
    folders: server.rootFolder.descendants.map((f) => f.URI),
    identities: account.identities.map((i) => ({
      key: i.key, email: i.email, smtp: i.smtpServerKey || null,
      fcc: target(i.fccFolderURI), draft: target(i.draftsFolderURI), archive: target(i.archivesFolderURI), template: target(i.templatesFolderURI),
    })),
  };
  if (server.type == "pop3") {
    const pop = server.QueryInterface(Ci.nsIPop3IncomingServer);
    Object.assign(seen, {
      leaveMessagesOnServer: pop.leaveMessagesOnServer, deleteByAgeFromServer: pop.deleteByAgeFromServer,
      numDaysToLeaveOnServer: pop.numDaysToLeaveOnServer, deleteMailLeftOnServer: pop.deleteMailLeftOnServer,
      deferredToAccount: pop.deferredToAccount || null, downloadOnBiff: server.downloadOnBiff,
    });
  }
  return seen;
});

const outgoing = MailServices.outgoingServer.servers.map((server) => {
  const smtp = attempt(() => server.QueryInterface(Ci.nsISmtpServer));
  return {
    key: server.key, type: server.type, hostname: smtp?.hostname ?? null, port: smtp?.port ?? null, socketType: server.socketType,
    authMethod: server.authMethod, username: server.username, default: server.key == MailServices.outgoingServer.defaultServer?.key,
    login: smtp ? known("smtp", smtp.hostname, server.username) : null,
  };
});

const { VirtualFolderHelper } = ChromeUtils.importESModule("resource:///modules/VirtualFolderWrapper.sys.mjs");
const searches = MailServices.accounts.allFolders.filter((f) => f.getFlag(Ci.nsMsgFolderFlags.Virtual)).map((f) => {
  const saved = VirtualFolderHelper.wrapVirtualFolder(f);
  return { uri: f.URI, scope: saved.searchFolderURIs.split("|").filter(Boolean).map(target), terms: saved.searchString, online: saved.onlineSearch };
});

return { accounts, outgoing, searches, logins, trustedDomains: Services.prefs.getStringPref("mail.trusteddomains", "") };
