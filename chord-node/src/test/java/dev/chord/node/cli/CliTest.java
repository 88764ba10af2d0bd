package dev.chord.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.chord.node.cli.Commands.Result;
import dev.chord.node.demo.LocalRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command line on a ring of five: what it prints and how it exits. */
class CliTest {
    private static LocalRing ring;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() throws IOException {
        ring = new LocalRing(Files.createTempDirectory("chord-cli-"), 5);
        ring.awaitIdeal(Duration.ofMinutes(3));
    }

    @AfterAll
    static void stop() {
        ring.close();
    }

    private static Result chord(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        if (!all.contains("--node")) {
            all.addAll(List.of("--node", ring.entry().toString()));
        }
        return Commands.run(all.toArray(String[]::new));
    }

    @Test
    void everyVerbIsKnownUnderTheNameItsClassGives() {
        Cli.commandLine("completion")
                .getSubcommands()
                .forEach((name, verb) -> assertThat(name)
                        .isEqualTo(verb.getCommand()
                                .getClass()
                                .getAnnotation(CommandLine.Command.class)
                                .name()));
    }

    private static void expectError(int exit, String said, String... arguments) {
        Result result = chord(arguments);
        assertThat(result.exit())
                .as("%s: %s", String.join(" ", arguments), result.err())
                .isEqualTo(exit);
        assertThat(result.err()).contains("chord: ").contains(said).doesNotContain("\tat ");
        assertThat(result.err().lines().count())
                .as("few lines: %s", result.err())
                .isLessThanOrEqualTo(4);
    }

    @Test
    void theEverydayVerbsWorkTogether() throws IOException {
        Path papers = directory.resolve("papers");
        Files.createDirectories(papers.resolve("q1"));
        Files.writeString(papers.resolve("a.txt"), "alpha");
        Files.writeString(papers.resolve("q1/b.txt"), "beta and more");
        Files.createSymbolicLink(papers.resolve("link"), papers.resolve("a.txt"));

        Result put = chord("put", papers.toString());
        assertThat(put.exit()).as(put.err()).isZero();
        assertThat(put.out()).contains("papers/a.txt", "papers/q1/b.txt", "3 copies", "symbolic link, not followed");

        Result ls = chord("ls", "papers/", "--format", "json");
        JsonObject listing = JsonParser.parseString(ls.out()).getAsJsonObject();
        assertThat(listing.getAsJsonArray("names")).hasSize(2);
        assertThat(listing.getAsJsonObject("coverage").get("complete").getAsBoolean())
                .isTrue();
        Result search = chord("search", "B.TXT", "--format", "ndjson");
        assertThat(search.out()).contains("papers/q1/b.txt").doesNotContain("a.txt");
        assertThat(chord("search", "papers/[ab]*").out())
                .contains("papers/a.txt")
                .doesNotContain("q1");
        assertThat(chord("search", "*".repeat(9)).exit()).isEqualTo(2);
        assertThat(chord("ring", "picture").out()).startsWith("<svg");

        assertThat(chord("cat", "papers/a.txt").out()).isEqualTo("alpha");
        assertThat(chord("cat", "papers/q1/b.txt", "--range", "5-7").out()).isEqualTo("and");

        Result get = chord("get", "papers", "-o", directory.resolve("out").toString());
        assertThat(get.exit()).as(get.err()).isZero();
        assertThat(directory.resolve("out/papers/q1/b.txt")).hasContent("beta and more");

        assertThat(chord("find", "papers/a.txt").out()).contains("owner of its key", "replica 2 after the owner");
        assertThat(chord("stat", "papers/a.txt").out()).contains("sha256", "version");
        assertThat(chord("trace", "papers/a.txt").out()).contains("owner ", "hops");
        assertThat(chord("rm", "papers/a.txt").exit()).isZero();
        assertThat(chord("ls", "papers/a").out()).isEmpty();
    }

    @Test
    void aDirectoryOfWhichOneFileIsGoneIsFetchedAllTheSame() throws IOException {
        Path here = Files.writeString(directory.resolve("here"), "still here");
        Path gone = Files.writeString(directory.resolve("gone"), "not for long");
        assertThat(chord("put", here.toString(), "--name", "mixed/here").exit()).isZero();
        assertThat(chord("share", gone.toString(), "--name", "mixed/gone").exit())
                .isZero();
        Files.delete(gone);
        Path out = directory.resolve("mixed-out");
        Result get = chord("get", "mixed", "-o", out.toString());
        assertThat(get.exit()).isEqualTo(6);
        assertThat(get.out()).contains("failed   mixed/gone", "cannot be read any more", "fetched  ");
        assertThat(out.resolve("mixed/here")).hasContent("still here");
        assertThat(out.resolve("mixed/gone")).doesNotExist();
        Result json = chord("get", "mixed/here", "-o", out.toString(), "--format", "json");
        assertThat(json.out()).contains("\"chunks\":\"0\"");
    }

    @Test
    void sharingAndWithdrawing() throws IOException {
        Path file = Files.writeString(directory.resolve("here.txt"), "stays here");
        Result shared = chord("share", file.toString(), "--confirm", "3");
        assertThat(shared.exit()).as(shared.err()).isZero();
        assertThat(shared.out()).contains("shared", "here.txt");
        assertThat(shared.err()).contains("found and dialled from 3 of 3 other nodes");
        assertThat(chord("find", "here.txt").out())
                .contains("shares it in place")
                .doesNotContain("should hold it");
        assertThat(chord("node", "shared").out()).contains("here.txt", "ok");
        assertThat(chord("get", "here.txt", "-o", directory.resolve("copy.txt").toString())
                        .out())
                .contains("confirmed by both");
        assertThat(chord("node", "receipts").out()).contains("10 B in 1 block", "as sent");
        assertThat(chord("unshare", "here.txt").out()).contains("withdrawn  here.txt");
        expectError(3, "not on the ring", "get", "here.txt");
    }

    @Test
    void aDirectoryOfManySmallFilesIsSharedInOrderAndWithdrawnWhole() throws IOException {
        int files = 60;
        Path many = Files.createDirectories(directory.resolve("many"));
        for (int i = 0; i < files; i++) {
            Files.writeString(many.resolve(String.format("f%02d", i)), i % 2 == 0 ? "all the same" : "odd " + i);
        }
        Files.createSymbolicLink(many.resolve("link"), many.resolve("f00"));
        Result shared = chord("share", many.toString(), "--format", "ndjson");
        assertThat(shared.exit()).as(shared.err()).isZero();
        assertThat(shared.out()).contains("symbolic link, not followed");
        assertThat(shared.out()
                        .lines()
                        .filter(line -> !line.contains("symbolic link"))
                        .map(line -> JsonParser.parseString(line)
                                .getAsJsonObject()
                                .get("name")
                                .getAsString())
                        .filter(name -> name.startsWith("many/")))
                .hasSize(files)
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(chord("ls", "many/", "--format", "ndjson").out().lines()).hasSize(files);
        assertThat(chord("cat", "many/f31").out()).isEqualTo("odd 31");
        assertThat(chord("unshare", "many").out().lines()).hasSize(files);
        assertThat(chord("ls", "many/").out()).isEmpty();
        expectError(3, "not on the ring", "cat", "many/f30");
    }

    @Test
    void aLoneNodeJoinsWithItsFilesAndLeavesAgain() throws IOException {
        Path file = Files.writeString(directory.resolve("brought.txt"), "brought along");
        try (LocalRing others = new LocalRing(Files.createTempDirectory("chord-others-"), 4);
                LocalRing lone = new LocalRing(Files.createTempDirectory("chord-lone-"), 1)) {
            others.awaitIdeal(Duration.ofMinutes(3));
            String self = lone.entry().toString();
            String other = others.entry().toString();
            assertThat(chord("put", file.toString(), "--node", self).exit()).isZero();
            Path one = Files.writeString(directory.resolve("one.txt"), "written in the one ring");
            Path two = Files.writeString(directory.resolve("two.txt"), "written in the other");
            assertThat(chord("put", one.toString(), "--name", "both", "--node", self)
                            .exit())
                    .isZero();
            assertThat(chord("put", two.toString(), "--name", "both", "--node", other)
                            .exit())
                    .isZero();
            Result join = chord("join", other, "--node", self);
            assertThat(join.exit()).as(join.err()).isZero();
            await(() -> chord("ring", "check", "--node", other).out().startsWith("5 members"));
            await(() -> chord("cat", "brought.txt", "--node", other).out().equals("brought along"));
            List<String> everyNode = Stream.concat(others.nodes().stream(), lone.nodes().stream())
                    .map(n -> n.endpoint().toString())
                    .toList();
            await(() -> everyNode.stream()
                    .anyMatch(n -> chord("node", "conflicts", "--node", n).out().contains("both")));
            Result leave = chord("leave", "--node", self);
            assertThat(leave.exit()).as(leave.err()).isZero();
            assertThat(leave.out()).contains("left the ring");
            await(() -> chord("ring", "check", "--node", other).out().startsWith("4 members"));
            assertThat(chord("cat", "brought.txt", "--node", other).out()).isEqualTo("brought along");
        }
    }

    private static void await(BooleanSupplier condition) {
        Awaitility.await().atMost(Duration.ofMinutes(4)).until(condition::getAsBoolean);
    }

    @Test
    void theRingAndTheNodeShowThemselves() {
        assertThat(chord("ring", "status").out().lines().filter(l -> l.startsWith("UN")))
                .hasSize(5);
        assertThat(chord("ring", "check").exit()).isZero();
        assertThat(chord("node", "successors").out()).contains("predecessor", "successor 4");
        assertThat(chord("node", "fingers", "--ideal").exit()).isZero();
        assertThat(chord("node", "info").out()).contains("phase", "MEMBER", "blocks");
        assertThat(chord("node", "repair").out()).contains("checked");
        assertThat(chord("version").out()).contains("protocol 1");
        assertThat(chord("completion").out()).contains("complete -F");
        assertThat(chord("config", "show", "--origin").out()).contains("ring.replicas", "default");
        assertThat(chord("config", "reference").out()).contains("CHORD_RING_REPLICAS");
        assertThat(chord("config", "validate").exit()).isZero();
    }

    @Test
    void everyMistakeHasItsExitCodeAndOneClearLine() throws IOException {
        Path file = Files.writeString(directory.resolve("f"), "x");
        expectError(2, "Unknown option", "put", "--nonsense", file.toString());
        expectError(2, "Missing", "get");
        expectError(2, "say what to do");
        expectError(3, "not on the ring", "get", "no-such-name");
        expectError(3, "not on the ring", "cat", "0123456789abcdef");
        expectError(3, "is on no node", "stat", "ab".repeat(32));
        expectError(3, "no such file", "put", directory.resolve("missing").toString());
        expectError(3, "no such file", "share", directory.resolve("missing").toString());
        expectError(3, "not on the ring", "rm", "no-such-name");
        expectError(3, "is not shared", "unshare", "no-such-name");
        expectError(5, "127.0.0.1:1", "ls", "--node", "127.0.0.1:1");
        expectError(2, "not HOST:PORT", "ls", "--node", "nonsense");
        expectError(11, "ring 'default'", "ls", "--ring-name", "other");
        expectError(2, "--timeout", "ls", "--timeout", "soon");
        expectError(2, "--timeout", "ls", "--timeout", "0s");
        expectError(2, "--range", "cat", "f", "--range", "x");
        expectError(2, "--copies", "put", file.toString(), "--copies", "0");
        expectError(2, "is no name", "get", "../../etc/passwd");
        expectError(2, "5 to 32", "demo", "--nodes", "2", "--exit");
        expectError(
                5,
                "no seed led into a ring",
                "up",
                "--bind",
                "127.0.0.1:0",
                "--join",
                "127.0.0.1:1,127.0.0.1:2",
                "--ring.join-timeout",
                "1s",
                "--data-dir",
                directory.resolve("d1").toString());
        expectError(
                10,
                "listening on 0.0.0.0",
                "up",
                "--bind",
                "0.0.0.0:0",
                "--data-dir",
                directory.resolve("d2").toString());
        expectError(
                11,
                "cannot listen",
                "up",
                "--bind",
                ring.entry().toString(),
                "--data-dir",
                directory.resolve("d3").toString());
        expectError(
                11,
                "another node is running",
                "up",
                "--bind",
                "127.0.0.1:0",
                "--data-dir",
                ring.nodes().get(0).config().dataDir().toString());
        expectError(11, "leave it first", "join", ring.nodes().get(1).endpoint().toString());
    }

    @Test
    void aRangeOutsideTheFileAndADirectoryAsTargetAreRefused() throws IOException {
        Path file = Files.writeString(directory.resolve("short.txt"), "short");
        chord("put", file.toString());
        expectError(2, "not within", "cat", "short.txt", "--range", "9-10");
        expectError(2, "is not a regular file", "put", "/dev/null", "--name", "null");
    }

    @Test
    void moreCopiesThanNodesIsSaid() throws IOException {
        Path file = Files.writeString(directory.resolve("many.txt"), "many");
        Result result = chord("put", file.toString(), "--copies", "9");
        assertThat(result.exit()).isEqualTo(12);
        assertThat(result.err()).contains("warning:", "copies");
    }

    @Test
    void errorsAreJsonToPrograms() {
        Result result = chord("get", "no-such-name", "--format", "json");
        JsonObject error =
                JsonParser.parseString(result.err()).getAsJsonObject().getAsJsonObject("error");
        assertThat(error.get("code").getAsString()).isEqualTo("NOT_FOUND");
        assertThat(error.get("exit").getAsInt()).isEqualTo(3).isEqualTo(result.exit());
        assertThat(error.get("hint").getAsString()).isNotBlank();
    }
}
