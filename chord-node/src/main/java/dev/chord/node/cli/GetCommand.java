package dev.chord.node.cli;

import dev.chord.client.Downloaded;
import dev.chord.client.Listing;
import dev.chord.client.NameEntry;
import dev.chord.client.Reference;
import dev.chord.client.Refs;
import dev.chord.client.Ring;
import dev.chord.client.RingTransfers;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.demo.Sizes;
import dev.chord.node.share.AtOnce;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chord get}: fetch, verify, resume. */
@Command(
        name = "get",
        description = {
            "Fetch a file, or a directory of names, verified chunk by chunk from all that have it.",
            "Cut off? Run it again: it goes on where it was."
        },
        mixinStandardHelpOptions = true)
final class GetCommand extends RingVerb {
    private static final Set<String> STANDARD_OUTPUT = Set.of("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1");

    @Parameters(
            paramLabel = "REF",
            description = "content id or its beginning, name, name@node, or a directory of names; id: and name: force")
    String ref = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "PATH",
            description = "file to write, or directory to write into, or - for standard output; default: here")
    @Nullable
    Path output;

    @Option(names = "--from", paramLabel = "NODE", description = "take it from this node alone")
    @Nullable
    String from;

    @Option(names = "--limit", paramLabel = "SIZE", description = "bytes a second at most, as 20MB or 512KiB")
    @Nullable
    String limit;

    @Override
    int run(Ring ring, Output out) {
        if ("-".equals(String.valueOf(output))) {
            return copyOut(ring);
        }
        Optional<List<NameEntry>> below = directory(ring);
        if (below.isPresent()) {
            return fetchAll(ring, out, below.get());
        }
        long size = out.text() && Terminal.present()
                ? ring.files().manifest(ring.files().resolve(ref).content()).size()
                : 0;
        try (TransferBar bar = new TransferBar(out, "get", size)) {
            Downloaded done = with(single(ring), bar).run();
            if (STANDARD_OUTPUT.contains(String.valueOf(output))) {
                lines(done).forEach(out::note); // what is read there are the bytes of the file
            } else {
                out.results("fetched", List.of(row(done)), Map.of(), lines(done));
            }
        }
        return 0;
    }

    // Nothing is resumed: what has gone into a pipe cannot be looked at again.
    private int copyOut(Ring ring) {
        Refs.Resolved found = ring.files().resolve(ref);
        Refs.Resolved file = new Refs.Resolved(
                found.content(), found.name(), Optional.ofNullable(from).or(found::node));
        ring.streams().copy(file, rate(), ResultStream.bytesOut());
        return 0;
    }

    private record Result(
            String name,
            @Nullable Downloaded done,
            @Nullable ChordException failure) {}

    private int fetchAll(Ring ring, Output out, List<NameEntry> names) {
        Path into = output == null ? Path.of("") : output;
        Set<String> directories = directories(names);
        List<Result> results;
        try (TransferBar bar = new TransferBar(
                out, "get", names.stream().mapToLong(NameEntry::size).sum())) {
            results = AtOnce.each(names, limit == null ? AtOnce.MOST : 1, NameEntry::size, entry -> {
                try {
                    if (directories.contains(entry.name())) {
                        throw clash(entry.name());
                    }
                    RingTransfers.Plan plan =
                            ring.transfers().downloadBelow("name:" + entry.name(), into, entry.name());
                    return new Result(entry.name(), with(plan, bar).run(), null);
                } catch (ChordException e) {
                    return new Result(entry.name(), null, e);
                }
            });
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        int exit = 0;
        for (Result result : results) {
            Downloaded done = result.done;
            ChordException failure = result.failure;
            if (done != null) {
                rows.add(row(done));
                lines.addAll(lines(done));
            } else if (failure != null) {
                rows.add(Map.of(
                        "name", result.name, "error", failure.code().name(), "message", "" + failure.getMessage()));
                lines.add(PutCommand.failed(FileName.printable(result.name), failure));
                exit = failure.code().exitCode();
            }
        }
        out.results("fetched", rows, Map.of(), lines);
        return exit;
    }

    private static Set<String> directories(List<NameEntry> names) {
        Set<String> directories = new HashSet<>();
        for (NameEntry entry : names) {
            for (int at = entry.name().indexOf('/'); at >= 0; at = entry.name().indexOf('/', at + 1)) {
                directories.add(entry.name().substring(0, at));
            }
        }
        return directories;
    }

    // The ring has both; a file system cannot.
    private static ChordException clash(String name) {
        return new ChordException(
                ErrorCode.PARTIAL,
                "there are names below it, so that it is a directory here and cannot be a file, too",
                "get it by itself: chord get 'name:" + FileName.printable(name) + "' -o FILE");
    }

    // A reference that is no file may be the beginning of names.
    private Optional<List<NameEntry>> directory(Ring ring) {
        try {
            ring.files().resolve(ref);
            return Optional.empty();
        } catch (ChordException e) {
            if (e.code() != ErrorCode.NOT_FOUND && e.code() != ErrorCode.USAGE) {
                throw e;
            }
            String named = Reference.named(ref);
            String prefix = named.endsWith("/") ? named : named + "/";
            Listing listing = ring.names().list(prefix);
            if (listing.names().isEmpty()) {
                throw e;
            }
            if (!listing.coverage().complete()) {
                throw new ChordException(
                        ErrorCode.PARTIAL,
                        "parts of the ring did not answer: "
                                + String.join("; ", listing.coverage().silent()),
                        "try again: a directory is fetched only when it is known whole");
            }
            return Optional.of(listing.names());
        }
    }

    private RingTransfers.Plan single(Ring ring) {
        Path named = output;
        if (named != null && !Files.isDirectory(named)) {
            return ring.transfers().download(ref, named);
        }
        Refs.Resolved file = ring.files().resolve(ref);
        String name = file.name()
                .map(e -> e.name().substring(e.name().lastIndexOf('/') + 1))
                .orElse(file.content().toHex());
        return ring.transfers().downloadBelow(ref, named == null ? Path.of("") : named, name);
    }

    private RingTransfers.Plan with(RingTransfers.Plan plan, TransferBar bar) {
        plan.tell(bar.part());
        String node = from;
        if (node != null) {
            plan.from(node);
        }
        return plan.limit(rate());
    }

    // Bytes a second; 0: as many as come.
    private long rate() {
        String rate = limit;
        if (rate == null) {
            return 0;
        }
        return NodeConfig.parseBytes(rate)
                .filter(bytes -> bytes > 0)
                .orElseThrow(() -> new ChordException(
                        ErrorCode.USAGE, "--limit '" + rate + "' is no size", "write for example 20MB"));
    }

    private static List<String> lines(Downloaded done) {
        List<String> lines = new ArrayList<>();
        String resumed = done.resumed() > 0 ? ", " + Sizes.of(done.resumed()) + " were here already" : "";
        lines.add("fetched  " + done.content().toHex().substring(0, 10) + "  " + Sizes.of(done.size()) + "  "
                + done.path() + "  verified" + resumed);
        done.receipts()
                .forEach(r -> lines.add("         " + Sizes.of(r.bytes()) + " in " + r.blocks()
                        + (r.blocks() == 1 ? " block" : " blocks") + " from " + r.source()
                        + (r.confirmed() ? ", confirmed by both" : ", not confirmed by the source")));
        return lines;
    }

    private static Map<String, Object> row(Downloaded done) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("path", done.path().toString());
        row.put("content", done.content().toHex());
        row.put("sha256", done.digest().toHex());
        row.put("size", done.size());
        row.put("resumed", done.resumed());
        row.put(
                "receipts",
                done.receipts().stream()
                        .map(r -> Map.of(
                                "source", r.source().id().toHex(),
                                "address", r.source().endpoint().toString(),
                                "bytes", r.bytes(),
                                "blocks", r.blocks(),
                                "chunks", runs(r.chunks()),
                                "confirmed", r.confirmed()))
                        .toList());
        return row;
    }

    // Runs are shown as in 0-3,5,7-9.
    private static String runs(List<Integer> chunks) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < chunks.size(); ) {
            int end = i;
            while (end + 1 < chunks.size() && chunks.get(end + 1) == chunks.get(end) + 1) {
                end++;
            }
            text.append(text.isEmpty() ? "" : ",").append(chunks.get(i));
            if (end > i) {
                text.append('-').append(chunks.get(end));
            }
            i = end + 1;
        }
        return text.toString();
    }
}
