// Runs once after the start: what the scripts share. A script is the body of an async function of `args`.

// Pings are taken for sent. Else the program, as it quits, waits half a minute now and then for one that is under way. A default is never saved.
Services.prefs.getDefaultBranch("").setIntPref("telemetry.fog.test.localhost_port", -1);

globalThis.MailServices = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs").MailServices;
globalThis.MailUtils = ChromeUtils.importESModule("resource:///modules/MailUtils.sys.mjs").MailUtils;
globalThis.setTimeout = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs").setTimeout;

// Whatever would wait for a person is noted and closed at once, so that the work behind it fails instead of hanging.
globalThis.seen = { prompts: [], alerts: [] };
Services.ww.registerNotification({
  observe(window, topic) {
    if (topic != "domwindowopened") return;
    // Not "load": Marionette may have closed the dialog by then.
    window.addEventListener("DOMContentLoaded", () => {
      if (!window.document.querySelector("dialog")) return;
      const said = window.arguments?.[0];
      const words = said instanceof Ci.nsIPropertyBag ? [said.getProperty("title"), said.getProperty("text")] : [window.location.href];
      seen.prompts.push(words.filter(Boolean).join(": "));
      window.addEventListener("load", () => setTimeout(() => window.close(), 0), { once: true });
    }, { once: true });
  },
});
MailServices.mailSession.addUserFeedbackListener({
  QueryInterface: ChromeUtils.generateQI(["nsIMsgUserFeedbackListener"]),
  onAlert(message) { seen.alerts.push(message); return true; },
  onCertError() { seen.alerts.push("certificate error"); return true; },
});

globalThis.hex = (status) => "0x" + (status >>> 0).toString(16);
globalThis.sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
/** What `work` gives; "prompt" soon after a dialog stood in the way; "timeout" after some seconds. */
globalThis.within = (seconds, work) => {
  const dialogs = seen.prompts.length;
  const givingUp = async () => {
    for (let left = seconds * 10; left > 0; left--) {
      await sleep(100);
      if (seen.prompts.length > dialogs) return sleep(1000).then(() => "prompt");
    }
    return "timeout";
  };
  return Promise.race([work, givingUp()]);
};
/** The attribute is `hostName` up to ESR 140. */
globalThis.hostOf = (server) => server.hostname ?? server.hostName;
globalThis.accountOf = (key) => MailServices.accounts.accounts.find((a) => (key ? a.key == key : /^(pop3|imap)$/.test(a.incomingServer.type)));
/** The status with which an operation that takes a URL listener ends. */
globalThis.statusOf = (seconds, start) => within(seconds, new Promise((resolve) => start({
  QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
  OnStartRunningUrl() {},
  OnStopRunningUrl(url, status) { resolve(hex(status)); },
})));
globalThis.inboxOf = (server) => server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
globalThis.loginsOf = async () => (await Services.logins.getAllLogins()).map((l) => ({
  origin: l.origin, httpRealm: l.httpRealm, username: l.username, password: l.password != "",
}));

/** Starts the script with this number, once; `job.done` becomes its result as JSON. */
globalThis.job = { number: null, done: null };
globalThis.run = (number, body, args) => {
  if (job.number === number) return;
  globalThis.job = { number, done: null };
  const AsyncFunction = (async () => {}).constructor;
  new AsyncFunction("args", body)(args).then(
    (value) => { job.done = JSON.stringify({ ok: true, value: value ?? null }); },
    (error) => { job.done = JSON.stringify({ ok: false, error: String(error), at: error?.stack ?? null }); });
};
