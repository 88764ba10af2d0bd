package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.sync.FolderSync;
import dev.chord.client.sync.FolderSync.Consent;
import dev.chord.client.sync.FolderSync.Done;
import dev.chord.client.sync.FolderSync.Kind;
import dev.chord.client.sync.FolderSync.Round;
import dev.chord.client.wire.PeerChannels;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.demo.LocalRing;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code chord sync} does while things go wrong: it loses nothing, whatever does. */
class FolderSyncFaultsTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final RingOptions PATIENT = RingOptions.DEFAULT.withTimeout(Duration.ofSeconds(30));

    @TempDir
    private Path work;

    private final Set<Endpoint> blocked = ConcurrentHashMap.newKeySet();

    /** A link that answers nothing but that there is no way. */
    private ClientInterceptor link(Endpoint to) {
        return new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions o, Channel next) {
                return blocked.contains(to) ? new NoCall<>() : next.newCall(method, o);
            }
        };
    }

    private static final class NoCall<Q, A> extends ClientCall<Q, A> {
        @Override
        public void start(Listener<A> listener, Metadata headers) {
            listener.onClose(Status.UNAVAILABLE.withDescription("the link is cut"), new Metadata());
        }

        @Override
        public void request(int messages) {}

        @Override
        public void cancel(String message, Throwable cause) {}

        @Override
        public void halfClose() {}

        @Override
        public void sendMessage(Q message) {}
    }

    private Ring connect(Endpoint at) {
        return Ring.connect(PATIENT, List.of(at), new PeerChannels("default", this::link));
    }

    private static List<String> contents(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(p -> Files.isRegularFile(p)
                            && !folder.relativize(p).toString().startsWith(".chord-"))
                    .map(FolderSyncFaultsTest::read)
                    .sorted()
                    .toList();
        }
    }

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void aCutRemovesNothingAndWhatWasEditedDuringItIsStoredAfter() throws IOException {
        try (LocalRing nodes = new LocalRing(work.resolve("ring"), 3)) {
            nodes.awaitIdeal(LIMIT);
            Path folder = Files.createDirectories(work.resolve("folder"));
            for (int i = 0; i < 12; i++) {
                Files.writeString(folder.resolve("f" + i), "text " + i);
            }
            try (Ring ring = connect(nodes.entry())) {
                FolderSync sync = new FolderSync(ring, folder, "s/");
                assertThat(sync.round().done()).hasSize(12);
                blocked.add(nodes.nodes().get(1).endpoint());
                blocked.add(nodes.nodes().get(2).endpoint());
                Files.writeString(folder.resolve("f3"), "edited in the cut");
                Files.writeString(folder.resolve("new"), "new in the cut");
                for (int i = 0; i < 2; i++) {
                    assertThat(roundOrNothing(sync)).noneMatch(done -> done.kind() == Kind.REMOVED_HERE);
                }
                assertThat(contents(folder)).hasSize(13).contains("text 0", "edited in the cut");
                blocked.clear();
                await().atMost(LIMIT).until(() -> {
                    roundOrNothing(sync);
                    return ring.names().list("s/").names().size() == 13
                            && roundOrNothing(sync).isEmpty();
                });
                assertThat(contents(folder)).hasSize(13).contains("edited in the cut", "new in the cut");
            }
        }
    }

    private static List<Done> roundOrNothing(FolderSync sync) {
        try {
            return sync.round().done();
        } catch (ChordException e) {
            assertThat(e.code().retryable()).as(e.getMessage()).isTrue();
            return List.of();
        }
    }

    @Test
    void aNodeThatComesBackWithAnEmptyDiskIsAnotherRingAndTakesNothingAway() throws IOException {
        Path folder = Files.createDirectories(work.resolve("folder"));
        for (int i = 0; i < 6; i++) {
            Files.writeString(folder.resolve("f" + i), "text " + i);
        }
        try (LocalRing nodes = new LocalRing(work.resolve("ring"), 1);
                Ring ring = connect(nodes.entry())) {
            assertThat(new FolderSync(ring, folder, "s/").round().done()).hasSize(6);
        }
        try (LocalRing nodes = new LocalRing(work.resolve("empty"), 1);
                Ring ring = connect(nodes.entry())) {
            assertThatThrownBy(() -> new FolderSync(ring, folder, "s/").round())
                    .isInstanceOf(ChordException.class)
                    .extracting(e -> ((ChordException) e).code())
                    .isEqualTo(ErrorCode.INCOMPATIBLE);
            assertThat(contents(folder)).hasSize(6);
            assertThat(ring.names().list("").names()).isEmpty();
            Round joined = new FolderSync(ring, folder, "s/", Set.of(Consent.ADOPT)).round();
            assertThat(joined.done()).hasSize(6).allMatch(done -> done.kind() == Kind.STORED);
            assertThat(contents(folder)).hasSize(6);
            assertThat(new FolderSync(ring, folder, "s/").round().done()).isEmpty();
        }
    }

    /** Ways in which an editor saves. */
    private interface Save {
        void save(Path file, String text) throws IOException;
    }

    private static void byRename(Path file, String text) throws IOException {
        Path next = Files.writeString(file.resolveSibling(".editor"), text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void whatAnEditorSavesWhileAFileIsFetchedIsInTheFileOrInAConflictCopy() throws Exception {
        try (LocalRing nodes = new LocalRing(work.resolve("ring"), 1);
                Ring ring = connect(nodes.entry())) {
            List<Save> ways = List.of(FolderSyncFaultsTest::byRename, Files::writeString);
            for (int way = 0; way < ways.size(); way++) {
                Path folder = Files.createDirectories(work.resolve("folder" + way));
                String prefix = "s" + way + "/";
                FolderSync sync = new FolderSync(ring, folder, prefix);
                Path file = Files.writeString(folder.resolve("file"), "first");
                sync.round();
                for (int i = 0; i < 10; i++) {
                    Path theirs = Files.writeString(work.resolve("theirs"), "theirs " + way + " " + i);
                    ring.files().put(theirs, prefix + "file");
                    String last = saveDuring(sync, file, ways.get(way), "mine " + i + " ");
                    Files.deleteIfExists(folder.resolve(".editor"));
                    sync.round();
                    sync.round();
                    assertThat(contents(folder)).as("round %s", i).contains(last);
                }
            }
        }
    }

    // Saves again and again until a round is over; returns what was saved last.
    private static String saveDuring(FolderSync sync, Path file, Save how, String mark) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        AtomicReference<String> last = new AtomicReference<>("");
        Thread editor = new Thread(() -> {
            try {
                for (int n = 0; over.getCount() > 0 || n == 0; n++) {
                    last.set(mark + n);
                    how.save(file, mark + n);
                }
            } catch (IOException e) {
                last.set("the editor failed: " + e);
            }
        });
        editor.start();
        try {
            sync.round();
        } finally {
            over.countDown();
            editor.join();
        }
        return last.get();
    }

    @Test
    void whatIsWrittenToAFileThatWasOpenWhenItWasReplacedComesBackBesideIt() throws IOException {
        try (LocalRing nodes = new LocalRing(work.resolve("ring"), 1);
                Ring ring = connect(nodes.entry())) {
            Path folder = Files.createDirectories(work.resolve("folder"));
            FolderSync sync = new FolderSync(ring, folder, "s/");
            Path file = Files.writeString(folder.resolve("file.txt"), "first");
            sync.round();
            try (FileChannel open = FileChannel.open(file, StandardOpenOption.WRITE)) {
                ring.files().put(Files.writeString(work.resolve("theirs"), "theirs"), "s/file.txt");
                assertThat(sync.round().done()).containsExactly(new Done(Kind.FETCHED, "file.txt"));
                open.write(StandardCharsets.UTF_8.encode("FIRST"));
            }
            assertThat(sync.round().done()).contains(new Done(Kind.CONFLICT, "file.txt"));
            assertThat(file).hasContent("theirs");
            assertThat(folder.resolve("file.conflict-here.txt")).hasContent("FIRST");
        }
    }

    @Test
    void oneOddThingIsReportedAndTheRestGoesOn() throws IOException {
        try (LocalRing nodes = new LocalRing(work.resolve("ring"), 1);
                Ring ring = connect(nodes.entry())) {
            Path given = Files.writeString(work.resolve("given"), "given");
            ring.files().put(given, "s/a");
            ring.files().put(given, "s/a/below");
            ring.files().put(given, "s/.chord-sync");
            ring.files().put(given, "s/z");
            Path folder = Files.createDirectories(work.resolve("folder"));
            Files.createSymbolicLink(folder.resolve("link"), given);
            Files.writeString(folder.resolve("b\tc"), "odd");
            Files.writeString(folder.resolve("good"), "good");
            Round round = new FolderSync(ring, folder, "s/").round();
            assertThat(round.done())
                    .containsExactly(
                            new Done(Kind.FETCHED, "a"), new Done(Kind.STORED, "good"), new Done(Kind.FETCHED, "z"));
            assertThat(round.leftOut().keySet()).containsExactly("a/below", "b\tc", "link");
            assertThat(round.complete()).isTrue();
        }
    }

    @Test
    void whatIsRemovedThereGoesToTheTrashAndManyAtOnceAreHeldBack() throws IOException {
        try (LocalRing nodes = new LocalRing(work.resolve("ring"), 1);
                Ring ring = connect(nodes.entry())) {
            Path folder = Files.createDirectories(work.resolve("folder"));
            for (int i = 0; i < 8; i++) {
                Files.writeString(folder.resolve("f" + i), "text " + i);
            }
            FolderSync sync = new FolderSync(ring, folder, "s/");
            sync.round();
            ring.names().remove("s/f0");
            assertThat(sync.round().done()).containsExactly(new Done(Kind.REMOVED_HERE, "f0"));
            assertThat(trash(folder)).containsExactly("text 0");
            for (int i = 1; i < 7; i++) {
                ring.names().remove("s/f" + i);
            }
            assertThat(sync.round().held()).isEqualTo(6);
            assertThat(contents(folder)).hasSize(7);
            FolderSync meant = new FolderSync(ring, folder, "s/", Set.of(Consent.REMOVE_MANY));
            assertThat(meant.round().done()).hasSize(6);
            assertThat(contents(folder)).containsExactly("text 7");
            assertThat(trash(folder)).hasSize(7);
        }
    }

    private static List<String> trash(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder.resolve(".chord-trash"))) {
            return walk.filter(Files::isRegularFile)
                    .map(FolderSyncFaultsTest::read)
                    .sorted()
                    .toList();
        }
    }
}
