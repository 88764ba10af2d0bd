package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.records.Question;
import dev.chord.core.records.RecordDisk.Durability;
import dev.chord.core.records.Write;
import dev.chord.core.trace.Entry;
import dev.chord.core.trace.RecordTrace;
import dev.chord.core.trace.Redaction;
import dev.chord.core.trace.TraceRecorder;
import dev.chord.node.demo.LocalRing;
import dev.chord.sim.replay.RecordReplay;
import dev.chord.traced.TraceBytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One node of a busy ring of four, through a cut, the death of another one and the coming of a fifth: what
 * its records were told is told to a fresh engine in the simulator, which does the same. {@code
 * -Dchord.replay.operations=N} sets how much is done in each of the five times.
 */
class NodeReplayTest {
    private static final int NAMES = 24;
    private static final int OPERATIONS = Integer.getInteger("chord.replay.operations", 300);
    private static final Set<String> ROLES =
            Set.of("Wrote", "Read", "Replicate", "Promise", "Note", "Lease", "Pull", "Took", "KeptUp");
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration EACH = Duration.ofSeconds(5);

    @TempDir
    private Path work;

    private final NameWorkload names = new NameWorkload(NAMES);
    private final List<Ring> clients = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    @Test
    void whatANodeDidItDoesAgain() throws Exception {
        TraceRecorder recorder = new TraceRecorder(TraceRecorder.Bounds.DEFAULT, Optional.empty());
        RecordTrace trace;
        long bytes;
        long start = System.nanoTime();
        try (LocalRing ring = new LocalRing(work.resolve("ring"), 3)) {
            ChordNode traced = ring.addTraced(recorder);
            ring.awaitIdeal(LIMIT);
            for (int node = 0; node < 4; node++) {
                operate(ring, node);
            }
            goOn();
            ring.links().cut(Set.of(traced.endpoint(), ring.entry()));
            goOn();
            ring.links().heal();
            ring.awaitIdeal(LIMIT);
            goOn();
            ring.kill(ring.nodes().get(1));
            goOn();
            ring.awaitIdeal(LIMIT);
            ring.add();
            goOn();
            names.stop();
            for (Thread thread : threads) {
                thread.join();
            }
            trace = traced.keeping().get(records -> recorder.trace());
            bytes = traced.keeping().get(records -> recorder.bytes());
        } finally {
            names.stop();
            clients.forEach(Ring::close);
        }
        double minutes = (System.nanoTime() - start) / 60e9;
        assertThat(trace.whole()).isTrue();
        RecordReplay.Result result = same(trace);
        System.out.printf(
                "replay of a node: %d operations of its ring; %d inputs in %.2f minutes (%.0f a minute), %d outputs, %d items"
                        + " in about %d KiB; different 0%n",
                names.count(),
                result.inputs(),
                minutes,
                result.inputs() / minutes,
                result.outputs(),
                trace.items().size(),
                bytes / 1024);
        assertThat(roles(trace)).as("what the node did").containsAll(ROLES);
        assertThat(result.outputs()).isGreaterThan(5L * OPERATIONS);
        assertFound(trace);
        assertRedacted(trace);
    }

    // As an owner, as a holder, and as one that gives and takes arcs.
    private static Set<String> roles(RecordTrace trace) {
        return trace.items().stream()
                .filter(RecordTrace.Entered.class::isInstance)
                .map(item -> ((RecordTrace.Entered) item).entry())
                .map(entry -> entry instanceof Entry.Served served ? served.question() : entry)
                .map(what -> what.getClass().getSimpleName())
                .collect(Collectors.toSet());
    }

    // The disk does not take what it took then: the replay goes another way from there on.
    private static void assertFound(RecordTrace trace) {
        List<RecordTrace.Item> items = new ArrayList<>(trace.items());
        int at = items.size() / 2;
        while (!keptACopy(items.subList(at, at + 2))) {
            at++;
        }
        RecordTrace.Answered taken = (RecordTrace.Answered) items.get(at);
        items.set(at, new RecordTrace.Answered(taken.within(), taken.call(), Durability.NOT_DONE));
        RecordReplay.Result result =
                RecordReplay.of(new RecordTrace(trace.settings(), trace.start(), items, trace.whole()));
        System.out.println("replay of a node, one answer changed: " + result.difference());
        assertThat(result.difference()).isPresent();
        assertThat(result.difference().get().at()).isEqualTo(at + 1);
    }

    // Somebody waits for that answer, and is told.
    private static boolean keptACopy(List<RecordTrace.Item> items) {
        return items.get(0) instanceof RecordTrace.Answered answered
                && answered.what() == Durability.DURABLE
                && items.get(1) instanceof RecordTrace.Called called
                && called.call() == RecordTrace.Call.SENT_ONLY
                && called.with().contains(Question.Kept.KEPT);
    }

    private void operate(LocalRing ring, int node) {
        // it reaches what that node reaches
        Ring client = Ring.connect(
                RingOptions.DEFAULT.withTimeout(EACH),
                List.of(ring.nodes().get(node).endpoint()),
                new PeerChannels("default", ring.links().from("local-" + (node + 1))));
        clients.add(client);
        Random own = new Random(node);
        Thread thread = new Thread(() -> names.operate(client, own));
        thread.start();
        threads.add(thread);
    }

    private void goOn() {
        int enough = names.count() + OPERATIONS;
        Awaitility.await("clients go on").atMost(LIMIT).until(() -> names.count() >= enough);
    }

    private static RecordReplay.Result same(RecordTrace trace) {
        TraceBytes then = new TraceBytes();
        trace.items().stream().filter(RecordTrace.Called.class::isInstance).forEach(then::add);
        TraceBytes now = new TraceBytes();
        RecordReplay.Result result = RecordReplay.of(trace, now::add);
        assertThat(result.difference()).isEmpty();
        assertThat(result.inputs()).isEqualTo(trace.inputs());
        assertThat(result.outputs()).isEqualTo(trace.outputs());
        assertThat(now.digest()).as("byte for byte").isEqualTo(then.digest());
        return result;
    }

    // Without names and values it can be told to somebody else, who has the same of it.
    private static void assertRedacted(RecordTrace trace) {
        Set<String> secrets = new HashSet<>();
        trace.items().stream()
                .filter(RecordTrace.Entered.class::isInstance)
                .map(item -> ((RecordTrace.Entered) item).entry())
                .filter(Entry.Wrote.class::isInstance)
                .flatMap(wrote -> ((Entry.Wrote) wrote).asked().stream())
                .map(Write::record)
                .forEach(record -> {
                    secrets.add(record.label());
                    secrets.add(text(record.value()));
                });
        assertThat(secrets).as("names and values of writes").hasSizeGreaterThan(OPERATIONS / 10);
        secrets.remove("");
        RecordTrace redacted = trace.redacted(new Redaction("not told".getBytes(StandardCharsets.UTF_8)));
        Set<String> told = new HashSet<>();
        TraceBytes leaves = new TraceBytes(leaf -> told.add(leaf instanceof byte[] bytes ? text(bytes) : "" + leaf));
        redacted.items().stream()
                .filter(item -> !(item instanceof RecordTrace.Looked))
                .forEach(leaves::add);
        assertThat(told).doesNotContainAnyElementsOf(secrets);
        same(redacted);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
