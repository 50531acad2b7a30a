package io.github.waxseal

import com.google.gson.JsonObject
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.io.path.writeText

/** What the bindings say is what the command line says, on every home that there is a case of. */
class EqualTest {
    private val world = World()
    private val homes = world.copies("a")

    private val policy = """
        [[rule]]
        name = "tls"
        match = { incoming.protocol = ["pop3", "imap"] }
        probe = "off"

        [rule.set]
        incoming.security = "implicit-tls"
        outgoing.security = "starttls"
        check.every_minutes = 17
        retention.leave_on_server = true
    """.trimIndent()

    private val file = world.folder.resolve("policy.toml").also { it.writeText(policy) }

    @AfterEach
    fun away() = world.close()

    private fun List<JsonObject>.ofType(type: String) = filter { it["type"].asString == type }

    @Test
    fun listIsTheSame() {
        val said = world.command("list", homes)
        world.waxseal(homes).use { waxseal ->
            val listing = waxseal.list()
            assertTrue(listing.accounts.size > 100)
            assertEquals(said.ofType("account"), listing.accounts.map(::line))
            assertEquals(said.ofType("problem"), listing.problems.map(::line))
        }
    }

    @Test
    fun auditIsTheSame() {
        world.waxseal(homes).use { waxseal ->
            assertEquals(world.command("audit", homes).ofType("finding"), waxseal.audit().findings.map(::line))
            val said = world.command("audit", homes, "--policy", file.toString())
            val audit = waxseal.audit(Policy(toml = policy))
            assertTrue(audit.findings.size > 100)
            assertEquals(said.ofType("finding"), audit.findings.map(::line))
            assertEquals(said.ofType("problem"), audit.problems.map(::line))
        }
    }

    @Test
    fun applyAndUndoAreTheSame() {
        val theirs = world.copies("b")
        val before = tree(world.folder.resolve("a"))
        val said = world.command("apply", theirs, "--policy", file.toString(), "--yes", "--assume-closed")
        world.waxseal(homes).use { waxseal ->
            val report = waxseal.apply(waxseal.plan(Policy(toml = policy)), assumeClosed = true)
            val sum = said.ofType("summary").single()
            val counts = report.counts
            assertEquals(
                listOf("homes", "accounts", "changed", "unchanged", "skipped", "failed").map { sum[it].asLong },
                listOf(counts.homes, counts.accounts, counts.changed, counts.unchanged, counts.skipped, counts.failed).map(ULong::toLong),
            )
            assertTrue(counts.changed > 50u)
            assertTrue(tree(world.folder.resolve("a")) == tree(world.folder.resolve("b")), "not the same bytes")
            waxseal.undo(report.operation, assumeClosed = true)
            assertTrue(tree(world.folder.resolve("a")).filterKeys { it in before } == before, "not the bytes from before")
        }
    }

    @Test
    fun planIsTheSame() {
        val said = world.command("plan", homes, "--policy", file.toString())
        world.waxseal(homes).use { waxseal ->
            waxseal.plan(Policy(toml = policy)).use { plan ->
                val changes = plan.profiles().flatMap { profile ->
                    profile.accounts.flatMap { account -> account.changes.map { line(profile, account, it) } }
                }
                assertTrue(changes.size > 100)
                assertEquals(said.ofType("change"), changes)
                assertEquals(said.ofType("problem").map(Any::toString).sorted(), plan.problems().map { line(it).toString() }.sorted())
                val sum = said.ofType("summary").single()
                val counts = plan.counts()
                assertEquals(
                    listOf("homes", "accounts", "changed", "unchanged", "skipped").map { sum[it].asLong },
                    listOf(counts.homes, counts.accounts, counts.changed, counts.unchanged, counts.skipped).map(ULong::toLong),
                )
            }
        }
    }
}
