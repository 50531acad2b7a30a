package io.github.waxseal

import com.google.gson.JsonArray
import com.google.gson.JsonElement
import com.google.gson.JsonNull
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import com.google.gson.JsonPrimitive
import org.junit.jupiter.api.Assertions.assertTrue
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.copyToRecursively
import kotlin.io.path.createDirectories
import kotlin.io.path.createTempDirectory
import kotlin.io.path.isDirectory
import kotlin.io.path.isRegularFile
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.readBytes
import kotlin.io.path.relativeTo

/** A temporary world: copies of the case folders' homes, a state folder, and the command line to compare with. */
internal class World : AutoCloseable {
    val folder: Path = createTempDirectory("waxseal").toRealPath()

    fun copy(case: String, name: String): Path {
        val home = folder.resolve(name).also { it.parent.createDirectories() }
        @OptIn(kotlin.io.path.ExperimentalPathApi::class)
        stores.resolve(case).resolve("in").copyToRecursively(home, followLinks = false, overwrite = false)
        return home
    }

    /** A copy of every case's home. */
    fun copies(folder: String): List<Path> = stores.listDirectoryEntries().filter { it.isDirectory() }
        .flatMap { it.listDirectoryEntries() }.filter { it.resolve("in").isDirectory() }
        .map { it.relativeTo(stores).toString() }.sorted().map { copy(it, "$folder/$it") }

    fun waxseal(homes: List<Path>, state: String = "state") =
        Waxseal(homes = homes.map { Home(it.toString()) }, state = folder.resolve(state).toString())

    /** What the command line says, as JSON. */
    fun command(verb: String, homes: List<Path>, vararg flags: String): List<JsonObject> {
        val words = listOf(System.getenv("WAXSEAL_CLI"), verb, "--json", "--state", folder.resolve("cli-state").toString())
        val out = folder.resolve("out.jsonl").toFile()
        val process = ProcessBuilder(words + flags + "--homes" + homes.map(Path::toString))
            .redirectOutput(out).redirectError(ProcessBuilder.Redirect.DISCARD).start()
        assertTrue(process.waitFor() in listOf(0, 1, 3), "$verb ended with ${process.exitValue()}")
        return out.readLines().map { JsonParser.parseString(it).asJsonObject }
    }

    override fun close() {
        folder.toFile().deleteRecursively()
    }

    companion object {
        val stores: Path = Path.of(System.getProperty("waxseal.stores")).toRealPath()
    }
}

/** Every file of a folder, its bytes as text that can be compared. */
internal fun tree(folder: Path): Map<String, String> = Files.walk(folder).use { paths ->
    paths.filter { it.isRegularFile() }.toList()
        .associate { it.relativeTo(folder).toString() to it.readBytes().toString(Charsets.ISO_8859_1) }
}

/** A value as it stands in the command line's JSON. */
internal fun plain(value: Value?): JsonElement = when (value) {
    null -> JsonNull.INSTANCE
    is Value.Port -> JsonPrimitive(value.value.toInt())
    is Value.Switch -> JsonPrimitive(value.value)
    is Value.Days -> value.value?.let { JsonPrimitive(it.toInt()) } ?: JsonPrimitive("never")
    is Value.Minutes -> value.value?.let { JsonPrimitive(it.toInt()) } ?: JsonPrimitive("never")
    is Value.Senders -> JsonArray().apply { value.value.forEach(::add) }
    else -> JsonPrimitive(value.toString())
}

@OptIn(ExperimentalStdlibApi::class)
internal fun raw(value: Raw?): JsonElement = when (value) {
    null -> JsonNull.INSTANCE
    is Raw.Switch -> JsonPrimitive(value.value)
    is Raw.Number -> JsonPrimitive(value.value)
    is Raw.Text -> JsonPrimitive(value.value)
    is Raw.Bytes -> JsonPrimitive("hex:" + value.value.toHexString())
}

internal fun line(type: String, vararg members: Pair<String, Any?>) = JsonObject().apply {
    addProperty("type", type)
    for ((name, value) in members) {
        when (value) {
            null -> {}
            is JsonElement -> add(name, value)
            is Number -> addProperty(name, value)
            else -> addProperty(name, value.toString())
        }
    }
}

internal fun line(account: Account) = line(
    "account",
    "home" to account.home,
    "client" to account.client,
    "profile" to account.profile,
    "account" to account.id,
    "name" to account.name,
    "email" to account.emails.firstOrNull(),
    "store" to account.store,
    "settings" to JsonObject().apply { account.settings.forEach { (setting, value) -> add(setting.label(), plain(value)) } },
    "defaults" to JsonArray().apply { account.defaults.forEach { add(it.label()) } },
    "unsupported" to JsonObject().apply { account.unsupported.forEach { (setting, why) -> addProperty(setting.label(), why) } },
)

internal fun line(finding: Finding) = line(
    "finding",
    "home" to finding.home,
    "client" to finding.client,
    "profile" to finding.profile,
    "account" to finding.account,
    "setting" to finding.setting.label(),
    "actual" to plain(finding.actual),
    "wanted" to plain(finding.wanted),
    "store" to finding.store,
    "message" to finding.message,
)

internal fun line(problem: Problem) = line(
    "problem",
    "code" to problem.code.label(),
    "home" to problem.home,
    "client" to problem.client,
    "profile" to problem.profile,
    "account" to problem.account,
    "path" to problem.path,
    "line" to problem.line?.toLong(),
    "message" to problem.message,
    "hint" to problem.hint,
)

internal fun line(profile: ProfilePlan, account: AccountPlan, change: Change) = line(
    "change",
    "home" to profile.home,
    "client" to profile.client,
    "profile" to profile.profile,
    "account" to account.id,
    "setting" to when (val cause = change.cause) {
        is Cause.Wanted -> cause.setting.label()
        is Cause.Shared -> cause.setting.label()
        is Cause.Pinned -> cause.setting.label()
        is Cause.Follows -> null
    },
    "follow" to (change.cause as? Cause.Follows)?.name,
    "before" to plain(change.before),
    "after" to plain(change.after),
    "rule" to change.rule,
    "cause" to when (change.cause) {
        is Cause.Shared -> "shared"
        is Cause.Pinned -> "pinned"
        else -> null
    },
    "deletes" to change.deletes,
    "keys" to JsonArray().apply {
        change.keys.forEach { key ->
            add(JsonObject().apply {
                addProperty("store", key.store)
                addProperty("key", key.key)
                add("before", raw(key.before))
                add("after", raw(key.after))
            })
        }
    },
)
