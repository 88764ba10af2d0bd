package dev.chord.node.cli;

import dev.chord.client.PutOptions;
import dev.chord.client.Ring;
import dev.chord.client.Stored;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.placement.Spread;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.demo.Sizes;
import dev.chord.node.share.AtOnce;
import dev.chord.node.share.DirectoryWalk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chord put}: store on the ring. */
@Command(
        name = "put",
        description = {
            "Store files or directories on the ring; returns when every copy is on disk.",
            "A directory 'reports' becomes the names 'reports/a.pdf', 'reports/q1/b.pdf' and so on."
        },
        mixinStandardHelpOptions = true)
final class PutCommand extends RingVerb {
    @Parameters(arity = "1..*", paramLabel = "PATH", description = "files or directories")
    List<Path> paths = List.of();

    @Option(names = "--name", paramLabel = "NAME", description = "the name on the ring; default: the file's own")
    @Nullable
    String name;

    @Option(
            names = "--copies",
            paramLabel = "N",
            description = "copies of each block; default: as the ring is configured")
    @Nullable
    Integer copies;

    @Option(
            names = "--keep",
            paramLabel = "TIME",
            description = "let the name and its file go after this time, as 30d; default: never")
    @Nullable
    String keep;

    @Option(
            names = "--spread",
            paramLabel = "WHAT",
            description = "refuse unless each copy is in another: process, host or zone; default: process")
    Spread spread = Spread.PROCESS;

    private PutOptions options() {
        PutOptions how =
                PutOptions.DEFAULT.withCopies(copies == null ? 0 : copies).withSpread(spread);
        if (keep == null) {
            return how;
        }
        return how.withKeep(NodeConfig.parseDuration(keep)
                .orElseThrow(() -> new ChordException(
                        ErrorCode.USAGE, "--keep " + keep + " is no time", "write for example 12h or 30d")));
    }

    private record Result(
            String name, @Nullable Stored stored, @Nullable ChordException failure) {}

    @Override
    int run(Ring ring, Output out) {
        List<DirectoryWalk.Entry> entries = entries();
        List<String> lines = new ArrayList<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        ErrorCode worst = null;
        boolean thin = false;
        int wanted = copies == null ? ring.options().replicas() : copies;
        try (TransferBar bar = new TransferBar(out, "put", total(entries))) {
            for (Result result : putAll(ring, entries, options(), bar)) {
                rows.add(row(result));
                lines.add(line(result));
                if (result.failure != null) {
                    if (entries.size() == 1) {
                        throw result.failure;
                    }
                    worst = result.failure.code();
                } else if (result.stored != null) {
                    thin |= result.stored.copies() < wanted;
                }
            }
        }
        for (DirectoryWalk.Entry entry : entries) {
            if (!entry.skipped().isEmpty()) {
                lines.add("skipped  " + FileName.printable(entry.name()) + ": " + entry.skipped());
                rows.add(Map.of("name", entry.name(), "skipped", entry.skipped()));
            }
        }
        out.results("stored", rows, Map.of(), lines);
        if (thin) {
            out.note("warning: the ring has fewer nodes within reach than copies wanted (" + wanted
                    + "): stored with as many as there are");
        }
        if (worst != null) {
            return worst.exitCode();
        }
        return thin && copies != null ? ErrorCode.FEWER_COPIES.exitCode() : 0;
    }

    private List<DirectoryWalk.Entry> entries() {
        if (name != null && paths.size() > 1) {
            throw new ChordException(ErrorCode.USAGE, "--name is for one path", "put the paths one by one");
        }
        if (copies != null && (copies < 1 || copies > 64)) {
            throw new ChordException(ErrorCode.USAGE, "--copies " + copies + " is not 1 to 64", "");
        }
        List<DirectoryWalk.Entry> entries = new ArrayList<>();
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new ChordException(ErrorCode.NOT_FOUND, path + ": no such file", "check the path");
            }
            try {
                entries.addAll(DirectoryWalk.of(path, name == null ? "" : name));
            } catch (IOException e) {
                throw new ChordException(
                        ErrorCode.NOT_PERMITTED, path + " cannot be read: " + e, "check its rights", e);
            }
        }
        return entries;
    }

    private static long total(List<DirectoryWalk.Entry> entries) {
        return entries.stream()
                .filter(e -> e.skipped().isEmpty())
                .mapToLong(e -> e.path().toFile().length())
                .sum();
    }

    private static List<Result> putAll(Ring ring, List<DirectoryWalk.Entry> entries, PutOptions how, TransferBar bar) {
        List<DirectoryWalk.Entry> wanted =
                entries.stream().filter(e -> e.skipped().isEmpty()).toList();
        return AtOnce.each(
                wanted, AtOnce.MOST, e -> e.path().toFile().length(), entry -> putOne(ring, entry, how, bar));
    }

    private static Result putOne(Ring ring, DirectoryWalk.Entry entry, PutOptions how, TransferBar bar) {
        try {
            return new Result(entry.name(), ring.files().put(entry.path(), entry.name(), how, bar.part()), null);
        } catch (ChordException e) {
            return new Result(entry.name(), null, e);
        }
    }

    private static String line(Result result) {
        Stored stored = result.stored;
        String name = FileName.printable(result.name);
        if (stored == null) {
            return failed(name, result.failure);
        }
        return "stored   " + stored.content().toHex().substring(0, 10) + "  " + Sizes.of(stored.size()) + "  "
                + name + "  version " + stored.version().number() + ", " + stored.copies() + " copies"
                + (stored.known() ? ", known already" : "");
    }

    /** What is said of one file among many that did not make it. */
    static String failed(String name, @Nullable ChordException e) {
        String hint = e == null || e.hint().isEmpty() ? "" : "  (hint: " + e.hint() + ")";
        return "failed   " + name + ": " + (e == null ? "" : e.getMessage()) + hint;
    }

    private static Map<String, Object> row(Result result) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", result.name);
        if (result.stored != null) {
            row.put("content", result.stored.content().toHex());
            row.put("size", result.stored.size());
            row.put("version", result.stored.version().number());
            row.put("copies", result.stored.copies());
            row.put("known", result.stored.known());
        }
        if (result.failure != null) {
            row.put("error", result.failure.code().name());
            row.put("message", result.failure.getMessage());
        }
        return row;
    }
}
