package io.github.waxseal

import io.github.waxseal.example.secure
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.Callable
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.Executors
import kotlin.io.path.createDirectories
import kotlin.io.path.readText
import kotlin.io.path.writeText

/** The whole job as an application does it, and what may go wrong on the way. */
class ScenarioTest {
    private val world = World()

    private val toTls = Policy(
        rules = listOf(
            Rule(
                name = "to-tls",
                matches = mapOf(Match.INCOMING_HOST to listOf("pop.old.example")),
                probe = Probe.OFF,
                set = mapOf(
                    Setting.INCOMING_HOST to Value.Text("secure.example.org"),
                    Setting.INCOMING_SECURITY to Value.Security(Security.IMPLICIT_TLS),
                ),
            ),
        ),
    )

    /** Remembers what it is told; stops, or throws, after so many profiles. */
    private class Listener(val stopAfter: Int? = null, val throwAfter: Int? = null) : ProgressListener {
        val told = mutableListOf<Outcome>()

        override fun done(done: Done) {
            told += done.outcome
            if (told.size == throwAfter) throw IllegalStateException("the window is gone")
        }

        override fun isCancelled() = told.size == stopAfter
    }

    private fun often(minutes: UInt) =
        Policy(rules = listOf(Rule(name = "often", set = mapOf(Setting.CHECK_EVERY_MINUTES to Value.Minutes(minutes)))))

    private fun same(before: Map<String, String>, home: Path) = tree(home).filterKeys { it in before } == before

    @AfterEach
    fun away() = world.close()

    @Test
    fun listAuditPlanApplyUndo() {
        val home = world.copy("thunderbird/both", "rosa")
        world.waxseal(listOf(home)).use { waxseal ->
            val account = waxseal.list().accounts.first()
            assertEquals(Triple("thunderbird", MailProtocol.POP3, Security.CLEARTEXT), Triple(account.client, account.protocol, account.grade))
            assertEquals("pop.old.example" to 110.toUShort(), account.incoming?.host to account.incoming?.port)
            assertEquals(Value.Text("pop.old.example"), account.settings[Setting.INCOMING_HOST])
            val finding = waxseal.audit().findings.first()
            assertEquals(Setting.INCOMING_SECURITY to Value.Security(Security.IMPLICIT_TLS), finding.setting to finding.wanted)
            val before = tree(home)
            val plan = waxseal.plan(toTls)
            assertEquals(1uL, plan.counts().changed)
            val port = plan.profiles().first().accounts.first().changes.first { it.cause == Cause.Wanted(Setting.INCOMING_PORT) }
            assertEquals(Value.Port(110u) to Value.Port(995u), port.before to port.after)
            assertEquals(before, tree(home))
            val listener = Listener()
            val report = waxseal.apply(plan, progress = listener)
            assertEquals(1uL, report.counts.changed)
            assertEquals(listOf(Outcome.Changed), listener.told)
            assertTrue("secure.example.org" in home.resolve(".thunderbird/abcd1234.default-esr/prefs.js").readText())
            assertTrue(waxseal.plan(toTls).isEmpty())
            assertEquals(listOf(report.operation), waxseal.log().map { it.id })
            waxseal.undo()
            assertTrue(same(before, home))
            assertEquals(report.operation, waxseal.log().first().of)
            assertNull(waxseal.undo().operation)
        }
    }

    @Test
    fun severalClientsAtOnce() {
        val homes = listOf("thunderbird", "claws", "evolution").map { client ->
            world.copy(if (client == "thunderbird") "$client/both" else "$client/pop3-to-ssl", client)
        }
        val before = homes.map(::tree)
        world.waxseal(homes).use { waxseal ->
            assertEquals(setOf("thunderbird", "claws", "evolution"), waxseal.list().accounts.map { it.client }.toSet())
            val report = waxseal.apply(waxseal.plan(often(17u)), assumeClosed = true)
            assertEquals(3uL, report.counts.homes)
            val minutes = waxseal.list().accounts.filter { it.protocol != null }.map { it.settings[Setting.CHECK_EVERY_MINUTES] }
            assertEquals(setOf<Value?>(Value.Minutes(17u)), minutes.toSet())
            waxseal.undo(assumeClosed = true)
            assertTrue(before.zip(homes).all { (files, home) -> same(files, home) })
        }
    }

    @Test
    fun theExampleSecuresAndTakesBack() {
        val home = world.copy("thunderbird/both", "rosa")
        val before = tree(home)
        val state = world.folder.resolve("state").toString()
        assertFalse(secure(home.toString(), state) { false })
        assertEquals(before, tree(home))
        assertFalse(secure(home.toString(), state) { it.startsWith("Apply") })
        assertTrue(same(before, home))
        assertTrue(secure(home.toString(), state) { true })
        assertFalse(same(before, home))
    }

    @Test
    fun cancelledInTheMiddle() {
        val homes = (0..3).map { world.copy("thunderbird/both", "user$it") }
        val before = homes.map(::tree)
        world.waxseal(homes).use { waxseal ->
            val report = waxseal.apply(waxseal.plan(toTls), progress = Listener(stopAfter = 2), group = 1u)
            assertTrue(report.cancelled)
            assertEquals(2uL, report.counts.changed)
            assertEquals(listOf(false, false, true, true), before.zip(homes).map { (files, home) -> same(files, home) })
            waxseal.undo(report.operation)
            assertTrue(before.zip(homes).all { (files, home) -> same(files, home) })
        }
    }

    @Test
    fun anExceptionInACallback() {
        val homes = (0..3).map { world.copy("thunderbird/both", "user$it") }
        val before = homes.map(::tree)
        world.waxseal(homes).use { waxseal ->
            val thrown = assertThrows(WaxsealException.Callback::class.java) {
                waxseal.apply(waxseal.plan(toTls), progress = Listener(throwAfter = 1), group = 1u)
            }
            assertTrue("the window is gone" in thrown.reason, thrown.reason)
            assertEquals(listOf(false, true, true, true), before.zip(homes).map { (files, home) -> same(files, home) })
            waxseal.undo(thrown.operation)
            assertTrue(before.zip(homes).all { (files, home) -> same(files, home) })
        }
    }

    @Test
    fun whateverACallbackThrows() {
        val home = world.copy("thunderbird/both", "rosa")
        val before = tree(home)
        world.waxseal(listOf(home)).use { waxseal ->
            // No exception in Kotlin's terms, but an error of the machine: it stops the work all the same.
            val unfinished = object : ProgressListener {
                override fun done(done: Done): Unit = TODO("a window")

                override fun isCancelled() = false
            }
            val thrown = assertThrows(WaxsealException.Callback::class.java) { waxseal.apply(waxseal.plan(toTls), progress = unfinished) }
            assertTrue("NotImplementedError" in thrown.reason, thrown.reason)
            assertEquals("a callback failed", thrown.message)
            waxseal.undo(thrown.operation)
            assertTrue(same(before, home))
        }
    }

    @Test
    fun aCallbackCallsBackIn() {
        val home = world.copy("thunderbird/both", "rosa")
        val waxseal = world.waxseal(listOf(home))
        val plan = waxseal.plan(toTls)
        val seen = mutableListOf<Any?>()
        val curious = object : ProgressListener {
            override fun done(done: Done) {
                seen += waxseal.list().accounts.isNotEmpty()
                seen += assertThrows(WaxsealException.Busy::class.java) { waxseal.apply(plan) }.code()
                seen += assertThrows(WaxsealException.Busy::class.java) { waxseal.undo() }.code()
                // What is under way goes on; nothing new is begun.
                waxseal.close()
                plan.close()
            }

            override fun isCancelled() = false
        }
        assertEquals(1uL, waxseal.apply(plan, progress = curious).counts.changed)
        assertEquals(listOf<Any?>(true, "busy", "busy"), seen)
        assertThrows(IllegalStateException::class.java) { waxseal.list() }
        assertThrows(IllegalStateException::class.java) { plan.profiles() }
    }

    @Test
    fun someHomesAreTakenBack() {
        val homes = listOf("ann", "joe").map { world.copy("thunderbird/both", it) }
        val before = homes.map(::tree)
        world.waxseal(homes).use { waxseal ->
            val operation = waxseal.apply(waxseal.plan(toTls), progress = Listener(stopAfter = 1), group = 1u).operation
            assertEquals(operation, waxseal.apply(waxseal.plan(toTls), resume = operation).operation)
            assertNull(waxseal.undo(homes = listOf(world.folder.toString())).operation)
            assertEquals(1uL, waxseal.undo(homes = listOf(homes[1].toString())).counts.homes)
            assertEquals(listOf(false, true), before.zip(homes).map { (files, home) -> same(files, home) })
            waxseal.undo(operation)
            assertTrue(before.zip(homes).all { (files, home) -> same(files, home) })
            assertThrows(WaxsealException.NotResumable::class.java) { waxseal.apply(waxseal.plan(toTls), resume = operation) }
        }
    }

    @Test
    fun manyHomesInParts() {
        val homes = listOf("thunderbird/both", "claws/unknown-auth", "evolution/pop3-to-ssl").map { world.copy(it, it) }
        world.waxseal(homes).use { waxseal ->
            homes.last().toFile().deleteRecursively()
            val parts = (0u..2u).map { waxseal.list(first = it, count = 1u) }
            assertEquals(waxseal.list(), Listing(parts.flatMap { it.accounts }, parts.flatMap { it.problems }))
            val findings = (0u..2u).flatMap { waxseal.audit(first = it, count = 1u).findings }
            assertEquals(waxseal.audit().findings, findings)
            waxseal.plan(often(17u)).use { plan ->
                val problems = plan.problems()
                assertEquals(ProblemCode.UNREADABLE, problems.last().code)
                assertEquals(problems, problems.indices.flatMap { plan.problems(it.toULong(), 1u) })
            }
        }
    }

    @Test
    fun whatIsForgottenStays() {
        val home = world.copy("thunderbird/both", "rosa")
        world.waxseal(listOf(home)).use { waxseal ->
            assertEquals(emptyList<ULong>() to Recovery(emptyList(), emptyList()), waxseal.forgetOlder(30u) to waxseal.recover())
            val operation = waxseal.apply(waxseal.plan(toTls)).operation!!
            waxseal.forget(operation)
            val forgotten = assertThrows(WaxsealException.Forgotten::class.java) { waxseal.undo(operation) }
            assertEquals("operation $operation can't be taken back: its backups were dropped", forgotten.message)
        }
    }

    /** The tests run on the jar, and the library comes out of it. */
    @Test
    fun theJarCarriesTheLibrary() {
        val jar = Path.of(Waxseal::class.java.protectionDomain.codeSource.location.toURI())
        assertTrue(jar.toString().endsWith(".jar"), "$jar")
        val names = java.util.zip.ZipFile(jar.toFile()).use { zip -> zip.entries().asSequence().map { it.name }.toList() }
        assertEquals(1, names.count { it.endsWith("waxseal_uniffi.so") || it.endsWith("waxseal_uniffi.dylib") }, "$names")
        assertTrue(clients().any { it.name == "thunderbird" && it.title == "Thunderbird" })
        assertNull(System.getProperty("jna.library.path"))
        assertFalse("waxseal" in System.getProperty("java.library.path"))
    }

    @Test
    fun eightThreads() {
        val homes = (0..3).map { world.copy("thunderbird/both", "user$it") }
        val before = homes.map(::tree)
        val all = world.waxseal(homes)
        val wanted = all.list()
        val barrier = CyclicBarrier(8)
        val pool = Executors.newFixedThreadPool(8)
        val works = (0 until 8).map { at ->
            Callable {
                val same = (0 until 10).all { all.list() == wanted }
                barrier.await()
                world.waxseal(listOf(homes[at % 4]), "state${at % 4}").use { mine ->
                    repeat(3) {
                        // Two threads share each home and each state folder: one of them may find it busy.
                        try {
                            mine.apply(mine.plan(often(100u + at.toUInt())), progress = Listener())
                            mine.undo()
                        } catch (_: WaxsealException.Busy) {
                        }
                    }
                }
                same
            }
        }
        assertEquals(List(8) { true }, pool.invokeAll(works).map { it.get() })
        pool.shutdown()
        for (at in 0..3) {
            world.waxseal(listOf(homes[at]), "state$at").use { mine -> while (mine.undo().operation != null) Unit }
        }
        assertTrue(before.zip(homes).all { (files, home) -> same(files, home) })
        assertEquals(wanted, all.list())
        all.close()
    }

    @Test
    fun tenThousandLists() {
        val home = world.copy("thunderbird/both", "rosa")
        world.waxseal(listOf(home)).use { waxseal ->
            // Until everything is compiled, and the memory that Java keeps for itself has settled.
            repeat(5_000) { waxseal.list() }
            val settled = resident()
            repeat(10_000) { waxseal.list() }
            val grown = resident() - settled
            assertTrue(grown < 8 shl 20, "$grown bytes more after 10,000 calls")
        }
    }

    /** How much memory this process has, in bytes; the heap is a part of it that doesn't change. */
    private fun resident(): Long = Files.readString(Path.of("/proc/self/statm")).split(" ")[1].toLong() * 4096

    @Test
    fun aPlanIsKeptAndReadOn() {
        val homes = (0..3).map { world.copy("thunderbird/both", "user$it") }
        world.waxseal(homes).use { waxseal ->
            waxseal.plan(toTls).use { plan ->
                assertEquals(4uL, plan.size())
                assertEquals(plan.profiles().subList(1, 3), plan.profiles(1u, 2u))
                val path = world.folder.resolve("plan.jsonl").toString()
                plan.save(path)
                assertThrows(WaxsealException.PlanFile::class.java) { plan.save(path) }
                Plan.load(path).use { kept ->
                    assertEquals(plan.profiles() to plan.counts(), kept.profiles() to kept.counts())
                    assertEquals(4uL, waxseal.apply(kept).counts.changed)
                }
            }
            val stops = Listener(stopAfter = 0)
            assertThrows(WaxsealException.Cancelled::class.java) { waxseal.list(progress = stops) }
            assertThrows(WaxsealException.Cancelled::class.java) { waxseal.audit(progress = stops) }
            assertThrows(WaxsealException.Cancelled::class.java) { waxseal.plan(toTls, stops) }
        }
    }

    @Test
    fun typedErrors() {
        val home = world.copy("thunderbird/both", "rosa")
        val missing = assertThrows(WaxsealException.NoHome::class.java) { world.waxseal(listOf(home, world.folder.resolve("no@body"))) }
        assertEquals(1u to "no-home", missing.at to missing.code())
        assertFalse("no@body" in missing.toString())
        assertEquals("home 1 is not a folder", missing.message)
        assertThrows(WaxsealException.UnknownClient::class.java) { Waxseal(clients = listOf("thunderbrid")) }
        world.waxseal(listOf(home)).use { waxseal ->
            assertThrows(WaxsealException.NoOperation::class.java) { waxseal.undo(7u) }
            val text = "[[rule]]\nset.incoming.port = \"rosa@example.org\"\n"
            val wrong = assertThrows(WaxsealException.BadPolicy::class.java) { waxseal.plan(Policy(toml = text)) }
            assertEquals(Triple(1u, 2u, 21u), Triple(wrong.faults, wrong.line, wrong.column))
            assertFalse("rosa" in wrong.toString())
            assertTrue("rosa" in checkPolicy(Policy(toml = text)).single().message)
        }
        val busy = world.folder.resolve("busy").createDirectories()
        busy.resolve("journal.db").writeText("not a database, and longer than the header of one ".repeat(9))
        world.waxseal(listOf(home), "busy").use { waxseal ->
            assertThrows(WaxsealException.Journal::class.java) { waxseal.log() }
        }
        assertEquals(listOf("client-running", "The client is running."), ProblemCode.CLIENT_RUNNING.run { listOf(label(), summary()) })
    }
}
