package dev.chord.node.demo;

import dev.chord.client.Downloaded;
import dev.chord.client.Listing;
import dev.chord.client.Located;
import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.client.Shared;
import dev.chord.client.Stored;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.name.Label;
import dev.chord.core.protocol.Lookup;
import dev.chord.node.ChordNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What {@code chord demo} shows, step by step, each step checked. */
public final class DemoTour {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int LARGE = 5 * 1024 * 1024 + 12_345;

    private final LocalRing ring;
    private final PrintStream out;
    private int step;
    private int verified;
    private long verifiedBytes;

    public DemoTour(LocalRing ring, PrintStream out) {
        this.ring = ring;
        this.out = out;
    }

    /**
     * Runs the tour.
     *
     * @param given the directory to share; none: one is made
     */
    public void run(@Nullable Path given) throws IOException {
        showRing();
        Path directory = given == null ? makeFiles() : given;
        List<Shared> shared = share(directory);
        Path large = ring.work().resolve("large.bin");
        makeLarge(large);
        Stored stored = put(large);
        locate(stored.name());
        fetchAll(directory, shared, stored, large, "fetch everything through another node");
        kill(stored);
        fetchAll(directory, shared, stored, large, "fetch everything again");
        leave();
        fetchAll(directory, shared, stored, large, "and once more");
        title("done");
        say(
                "%d files fetched, %s, every byte compared with its original: all equal.",
                verified, Sizes.of(verifiedBytes));
    }

    private void title(String text) {
        step++;
        out.println();
        out.println(step + ". " + text);
        ring.tell(step + ". " + text);
    }

    private void say(String text, Object... values) {
        String line = "   " + String.format(Locale.ROOT, text, values);
        out.println(line);
        ring.tell(line);
    }

    private Ring connect(ChordNode node) {
        return Ring.connect(RingOptions.DEFAULT, List.of(node.endpoint()));
    }

    private ChordNode last() {
        return ring.nodes().get(ring.nodes().size() - 1);
    }

    private void showRing() {
        Duration took = ring.awaitIdeal(LIMIT);
        title("a ring of " + ring.nodes().size() + " nodes, each a gRPC server with a store of its own");
        for (ChordNode node : ring.nodes()) {
            var state = node.loop().states().get(0);
            double share = state.ownership().settled().map(a -> a.share()).orElse(0.0);
            say(
                    "%s  %-16s speaks for %4.1f %% of the keys, next is %s",
                    node.self().id(),
                    node.endpoint(),
                    100 * share,
                    state.view().successors().head().map(p -> p.id().toString()).orElse("-"));
        }
        say("Every pointer is as it should be %d ms after the last node had joined.", took.toMillis());
    }

    private Path makeFiles() throws IOException {
        Path directory = ring.work().resolve("papers");
        Files.createDirectories(directory.resolve("drafts"));
        Files.writeString(directory.resolve("hello.txt"), "A ring of equal nodes.\n", StandardCharsets.UTF_8);
        Files.writeString(directory.resolve("empty.txt"), "");
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 6; i++) {
            byte[] data = new byte[random.nextInt(1, 1_500_000)];
            random.nextBytes(data);
            Files.write(directory.resolve("drafts/draft-" + i + ".bin"), data);
        }
        return directory;
    }

    private static void makeLarge(Path path) throws IOException {
        byte[] data = new byte[LARGE];
        new SplittableRandom(2).nextBytes(data);
        Files.write(path, data);
    }

    private List<Shared> share(Path directory) {
        ChordNode sharer = ring.nodes().get(0);
        title("share the directory " + directory.getFileName() + " in place, from "
                + sharer.self().id());
        try (Ring client = connect(sharer)) {
            List<Shared> all = client.files().share(directory, "");
            List<Shared> shared =
                    all.stream().filter(s -> s.skipped().isEmpty()).toList();
            shared.stream().limit(8).forEach(s -> say("%s  %8s  %s", s.content(), Sizes.of(s.size()), s.name()));
            all.stream()
                    .filter(s -> !s.skipped().isEmpty())
                    .limit(8)
                    .forEach(s -> say("skipped %s: %s", s.name(), s.skipped()));
            say(
                    "%d files; the bytes stay where they are, the ring holds names, manifests and who has them.",
                    shared.size());
            return shared;
        }
    }

    private Stored put(Path large) {
        ChordNode node = ring.nodes().get(1);
        title("store a file on the ring, through " + node.self().id());
        try (Ring client = connect(node)) {
            Stored stored = client.files().put(large, "large.bin");
            say(
                    "%s  %s  %s: each block on %d nodes, on disk before this line",
                    stored.content(), Sizes.of(stored.size()), stored.name(), stored.copies());
            Stored again = client.files().put(large, "large.bin");
            say(
                    "the same again: version %s of the name, nothing stored twice (%s)",
                    again.version().number(), again.known() ? "every block was known" : "some blocks were new");
            return stored;
        }
    }

    private void locate(String name) {
        ChordNode node = last();
        title("locate it from " + node.self().id());
        try (Ring client = connect(node)) {
            Lookup.Result route = client.topology().trace(Label.key(name));
            say(
                    "the name's key is %s; %d nodes were asked, %s owns it",
                    route.key(), route.route().size(), route.chain().get(0));
            Located located = client.files().locate(name);
            located.sources().forEach(s -> say("%s  %s", s.peer(), s.reason()));
        }
    }

    private void fetchAll(Path directory, List<Shared> shared, Stored stored, Path large, String what)
            throws IOException {
        ChordNode node = last();
        title(what + ", " + node.self().id());
        List<String> sources = new ArrayList<>();
        long bytes = 0;
        try (Ring client = connect(node)) {
            Path into = Files.createTempDirectory(ring.work(), "fetched-");
            Path above = directory.toAbsolutePath().normalize().getParent();
            for (Shared file : shared) {
                Path original = above == null ? Path.of("/" + file.name()) : above.resolve(file.name());
                bytes += fetch(client, file.name(), FileName.under(into, file.name()), original, sources);
            }
            bytes += fetch(client, stored.name(), into.resolve("large.bin"), large, sources);
            Listing listing = client.names().list("");
            say(
                    "%d files, %s, from %d nodes; receipts agree at both ends; %d names listed, %.0f %% of the ring answered",
                    shared.size() + 1,
                    Sizes.of(bytes),
                    sources.stream().distinct().count(),
                    listing.names().size(),
                    100 * listing.coverage().fraction());
        }
    }

    private long fetch(Ring client, String ref, Path target, Path original, List<String> sources) throws IOException {
        Downloaded done = client.files().download(ref, target);
        if (Files.mismatch(target, original) != -1) {
            throw new ChordException(ErrorCode.INTEGRITY, ref + " differs from its original", "this is a bug");
        }
        for (Downloaded.Receipt receipt : done.receipts()) {
            sources.add(receipt.source().toString());
            if (!receipt.confirmed()) {
                throw new ChordException(ErrorCode.INTEGRITY, "the receipts for " + ref + " disagree", "this is a bug");
            }
        }
        verified++;
        verifiedBytes += done.size();
        return done.size();
    }

    // Kills a node that holds part of the stored file, but not the sharer: its files are nowhere else.
    private void kill(Stored stored) {
        ChordNode victim = ring.nodes().stream()
                .skip(1)
                .limit(ring.nodes().size() - 2L)
                .filter(n -> n.store().blocks().has(stored.content()))
                .findFirst()
                .orElse(ring.nodes().get(2));
        title("kill " + victim.self().id() + " without a word");
        ring.kill(victim);
        say("Its copies are gone; two others of each remain.");
    }

    private void leave() {
        Duration healed = ring.awaitIdeal(LIMIT);
        ChordNode leaver = ring.nodes().get(1);
        title("let " + leaver.self().id() + " leave politely");
        say("The ring was ideal again within %d ms.", healed.toMillis());
        ring.leave(leaver);
        say(
                "It handed over its copies, then its keys, then went. Ideal again after %d ms.",
                ring.awaitIdeal(LIMIT).toMillis());
    }
}
