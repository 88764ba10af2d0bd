package dev.chord.node.cli;

import dev.chord.client.Progress;
import dev.chord.client.PutOptions;
import dev.chord.client.Ring;
import dev.chord.client.Stored;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.files.DirectoryWalk;
import dev.chord.client.transfer.InputPublisher;
import dev.chord.client.transfer.Uploader;
import dev.chord.client.wire.Await;
import dev.chord.core.placement.Spread;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.demo.Sizes;
import dev.chord.node.share.AtOnce;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chord put}: store on the ring. */
@Command(
        name = "put",
        description = {
            "Store files or directories on the ring; returns when every copy is on disk.",
            "A directory 'reports' becomes the names 'reports/a.pdf', 'reports/q1/b.pdf' and so on.",
            "'-' is standard input, of any length; it needs --name. A file of that name is './-'."
        },
        mixinStandardHelpOptions = true)
final class PutCommand extends RingVerb {
    private static final Path STANDARD_INPUT = Path.of("-");
    private static final Duration FOR_EVER = Duration.ofDays(365);

    @Parameters(arity = "1..*", paramLabel = "PATH", description = "files or directories, or - alone")
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
        if (copies != null && (copies < 1 || copies > 64)) {
            throw new ChordException(ErrorCode.USAGE, "--copies " + copies + " is not 1 to 64", "");
        }
        try (GiveBack hook = GiveBack.of(ring)) {
            return paths.contains(STANDARD_INPUT) ? putInput(ring, out) : putFiles(ring, out);
        }
    }

    private int putFiles(Ring ring, Output out) {
        List<DirectoryWalk> walks = walk(paths, name);
        List<DirectoryWalk.Found> files =
                walks.stream().flatMap(walk -> walk.files().stream()).toList();
        DirectoryWalk.requireOneNameEach(files);
        boolean single = walks.size() == 1 && !walks.get(0).tree();
        List<String> lines = new ArrayList<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        Outcome outcome = new Outcome();
        outcome.leftOut = walks.stream().anyMatch(DirectoryWalk::faulty);
        int wanted = copies == null ? ring.options().replicas() : copies;
        long total = files.stream().mapToLong(DirectoryWalk.Found::size).sum();
        try (TransferBar bar = new TransferBar(out, "put", total)) {
            for (Result result : putAll(ring, files, options(), bar)) {
                if (single && result.failure != null) {
                    throw result.failure;
                }
                rows.add(row(result));
                lines.add(line(result));
                outcome.add(result, wanted);
            }
        }
        for (DirectoryWalk walk : walks) {
            for (DirectoryWalk.LeftOut left : walk.leftOut()) {
                lines.add("skipped  " + FileName.printable(left.name()) + ": " + left.why());
                rows.add(Map.of("name", left.name(), "skipped", left.why()));
            }
        }
        return report(out, rows, lines, outcome, ring);
    }

    // Its length is not known before its end, which may be long in coming.
    private int putInput(Ring ring, Output out) {
        if (paths.size() > 1) {
            throw new ChordException(ErrorCode.USAGE, "standard input is put alone", "put the files one by one");
        }
        if (name == null) {
            throw new ChordException(ErrorCode.USAGE, "standard input has no name of its own", "give one with --name");
        }
        String given = FileName.of(name);
        PutOptions how = options();
        Uploader.Upload upload = Await.REAL.of(
                ring.streams()
                        .store(
                                new InputPublisher(System.in, "standard input"),
                                OptionalLong.empty(),
                                how,
                                Progress.NONE),
                FOR_EVER,
                "standard input");
        Result result = new Result(given, ring.streams().name(upload, given, how), null);
        Outcome outcome = new Outcome();
        outcome.add(result, copies == null ? ring.options().replicas() : copies);
        return report(out, List.of(row(result)), List.of(line(result)), outcome, ring);
    }

    private int report(Output out, List<Map<String, Object>> rows, List<String> lines, Outcome outcome, Ring ring) {
        out.results("stored", rows, Map.of(), lines);
        if (outcome.thin) {
            out.note("warning: the ring has fewer nodes within reach than copies wanted ("
                    + (copies == null ? ring.options().replicas() : copies) + "): stored with as many as there are");
        }
        return outcome.exit(copies != null);
    }

    /** What became of all files together. */
    private static final class Outcome {
        // What is wrong with a file itself rather than with the ring: the others are stored, and it is
        // left out.
        private static final Set<ErrorCode> OF_THE_FILE =
                Set.of(ErrorCode.USAGE, ErrorCode.NOT_FOUND, ErrorCode.INTEGRITY, ErrorCode.NOT_PERMITTED);

        private boolean leftOut;
        private boolean thin;
        private Optional<ErrorCode> failed = Optional.empty();

        void add(Result result, int wanted) {
            if (result.failure == null) {
                thin |= result.stored != null && result.stored.copies() < wanted;
            } else if (OF_THE_FILE.contains(result.failure.code())) {
                leftOut = true;
            } else {
                failed = Optional.of(result.failure.code());
            }
        }

        int exit(boolean copiesAsked) {
            if (failed.isPresent()) {
                return failed.get().exitCode();
            }
            if (leftOut) {
                return ErrorCode.PARTIAL.exitCode();
            }
            return thin && copiesAsked ? ErrorCode.FEWER_COPIES.exitCode() : 0;
        }
    }

    /** What is under the paths given on the command line, each with its name. */
    static List<DirectoryWalk> walk(List<Path> paths, @Nullable String name) {
        if (name != null && paths.size() > 1) {
            throw new ChordException(ErrorCode.USAGE, "--name is for one path", "give the paths one by one");
        }
        return paths.stream()
                .map(path -> DirectoryWalk.of(path, name == null ? "" : name))
                .toList();
    }

    private static List<Result> putAll(Ring ring, List<DirectoryWalk.Found> files, PutOptions how, TransferBar bar) {
        return AtOnce.each(files, AtOnce.MOST, DirectoryWalk.Found::size, file -> putOne(ring, file, how, bar));
    }

    private static Result putOne(Ring ring, DirectoryWalk.Found file, PutOptions how, TransferBar bar) {
        try {
            return new Result(file.name(), ring.files().put(file.path(), file.name(), how, bar.part()), null);
        } catch (ChordException e) {
            return new Result(file.name(), null, e);
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
