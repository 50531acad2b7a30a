/** HOME: lists the accounts of a home and what is wrong with them, shows what makes them safe, asks, does it, and offers to take it back. */
package io.github.waxseal.example

import io.github.waxseal.Account
import io.github.waxseal.Cause
import io.github.waxseal.Done
import io.github.waxseal.Home
import io.github.waxseal.Outcome
import io.github.waxseal.Plan
import io.github.waxseal.Policy
import io.github.waxseal.Probe
import io.github.waxseal.ProgressListener
import io.github.waxseal.Rule
import io.github.waxseal.Security
import io.github.waxseal.Server
import io.github.waxseal.Setting
import io.github.waxseal.Value
import io.github.waxseal.Waxseal
import io.github.waxseal.WaxsealException
import kotlin.system.exitProcess

/** TLS on the servers that the accounts have already, from the first byte. */
private val toTls = Policy(
    rules = listOf(
        Rule(
            name = "to-tls",
            probe = Probe.OFF,
            set = mapOf(
                Setting.INCOMING_SECURITY to Value.Security(Security.IMPLICIT_TLS),
                Setting.OUTGOING_SECURITY to Value.Security(Security.IMPLICIT_TLS),
            ),
        ),
    ),
)

fun main(arguments: Array<String>) {
    val home = arguments.singleOrNull() ?: run {
        System.err.println("expected the folder of a home")
        exitProcess(2)
    }
    try {
        secure(home) { question ->
            print("$question [y/N] ")
            readlnOrNull()?.trim()?.lowercase() in listOf("y", "yes")
        }
    } catch (error: WaxsealException) {
        System.err.println("${error.code()}: ${error.message}")
        exitProcess(1)
    }
}

/** The whole job on one home; whether anything stays changed. */
fun secure(home: String, state: String? = null, ask: (String) -> Boolean): Boolean =
    Waxseal(homes = listOf(Home(home)), state = state, command = "example").use { homes ->
        homes.list().accounts.forEach(::show)
        homes.audit().findings.forEach { println("finding: ${it.account} ${it.setting.label()}: ${it.message}") }
        homes.plan(toTls).use { plan ->
            show(plan)
            if (plan.isEmpty() || !ask("Apply these changes?")) return false
            val report = homes.apply(plan, progress = Printed())
            println("${report.counts.changed} changed, ${report.counts.unchanged} as they were")
            val operation = report.operation ?: return false
            if (!ask("Keep them?")) {
                homes.undo(operation, progress = Printed())
                return false
            }
            return true
        }
    }

private fun show(account: Account) {
    println("${account.name} <${account.emails.joinToString()}> · ${account.client}")
    println("  incoming  ${words(account.incoming)}")
    println("  outgoing  ${words(account.outgoing)}")
}

private fun words(server: Server?): String = server?.run { "$host:$port ${security?.let(::word) ?: "?"}" } ?: "–"

/** `IMPLICIT_TLS` as `implicit-tls`. */
private fun word(value: Enum<*>): String = value.name.lowercase().replace('_', '-')

private fun show(plan: Plan) {
    for (profile in plan.profiles()) {
        for (account in profile.accounts) {
            if (account.changes.isNotEmpty()) println("${account.name} (${profile.client})")
            for (change in account.changes) {
                val what = when (val cause = change.cause) {
                    is Cause.Wanted -> cause.setting.label()
                    is Cause.Shared -> cause.setting.label()
                    is Cause.Pinned -> cause.setting.label()
                    is Cause.Follows -> cause.name
                }
                println("  $what: ${change.before ?: "absent"} → ${change.after ?: "absent"}")
                change.keys.forEach { println("    ${it.store} ${it.key}") }
            }
            account.consequence?.let {
                println("  password asked again: ${word(it.passwordAskedAgain)}, mail fetched again: ${word(it.mailFetchedAgain)}")
            }
        }
    }
    plan.problems().forEach { problem -> println("problem: ${problem.message}") }
}

private class Printed : ProgressListener {
    override fun done(done: Done) {
        val words = when (val outcome = done.outcome) {
            is Outcome.Changed -> "changed"
            is Outcome.Unchanged -> "as it was"
            is Outcome.Refused -> outcome.problem.message
            is Outcome.Failed -> outcome.problem.message
        }
        println("${done.plan.profile}: $words")
    }

    override fun isCancelled(): Boolean = Thread.currentThread().isInterrupted
}
