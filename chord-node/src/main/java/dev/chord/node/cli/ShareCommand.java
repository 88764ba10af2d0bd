package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.Shared;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.files.DirectoryWalk;
import dev.chord.core.ring.Peer;
import dev.chord.node.demo.Sizes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chord share}: announce files in place. */
@Command(
        name = "share",
        description = {
            "Announce files or directories in place.",
            "The bytes stay where they are; others fetch them from the node that shares them, which must run on this machine."
        },
        mixinStandardHelpOptions = true)
final class ShareCommand extends RingVerb {
    @Parameters(arity = "1..*", paramLabel = "PATH", description = "files or directories")
    List<Path> paths = List.of();

    @Option(names = "--name", paramLabel = "NAME", description = "the name on the ring; default: the file's own")
    @Nullable
    String name;

    @Option(
            names = "--confirm",
            paramLabel = "K",
            description =
                    "let K nodes at random points of the ring find each file and dial this node, before it counts as shared")
    int confirm;

    @Override
    int run(Ring ring, Output out) {
        if (confirm < 0 || confirm > 100) {
            throw new ChordException(ErrorCode.USAGE, "--confirm " + confirm + " is not 0 to 100", "");
        }
        if (paths.size() > 1) {
            DirectoryWalk.requireOneNameEach(PutCommand.walk(paths, name).stream()
                    .flatMap(walk -> walk.files().stream())
                    .toList());
        }
        List<Shared> shared = new ArrayList<>();
        for (Path path : paths) {
            shared.addAll(ring.files().share(path, name == null ? "" : name));
        }
        List<Map<String, Object>> rows = shared.stream().map(ShareCommand::row).toList();
        out.results(
                "shared",
                rows,
                Map.of(),
                shared.stream().map(ShareCommand::line).toList());
        if (confirm > 0 && !confirmed(ring, shared, out)) {
            return ErrorCode.UNREACHABLE.exitCode();
        }
        if (shared.stream().anyMatch(s -> !s.skipped().isEmpty() && !s.link())) {
            return ErrorCode.PARTIAL.exitCode();
        }
        return shared.isEmpty() ? ErrorCode.NOT_FOUND.exitCode() : 0;
    }

    private boolean confirmed(Ring ring, List<Shared> shared, Output out) {
        boolean all = true;
        for (Shared file : shared) {
            if (!file.skipped().isEmpty()) {
                continue;
            }
            Map<Peer, String> verdicts = ring.files().confirmShared(file, confirm);
            verdicts.forEach((peer, trouble) -> {
                if (!trouble.isEmpty()) {
                    out.note(FileName.printable(file.name()) + ": " + peer + " cannot fetch it: " + trouble);
                }
            });
            long good = verdicts.values().stream().filter(String::isEmpty).count();
            all &= good == verdicts.size();
            out.note(FileName.printable(file.name()) + ": found and dialled from " + good + " of " + verdicts.size()
                    + " other nodes" + (verdicts.size() < confirm ? ", there are no more" : ""));
        }
        return all;
    }

    static String line(Shared shared) {
        String name = FileName.printable(shared.name());
        return shared.skipped().isEmpty()
                ? "shared   " + shared.content().toHex().substring(0, 10) + "  " + Sizes.of(shared.size()) + "  " + name
                : "skipped  " + name + ": " + shared.skipped();
    }

    private static Map<String, Object> row(Shared shared) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", shared.name());
        row.put("content", shared.content().toHex());
        row.put("size", shared.size());
        row.put("skipped", shared.skipped());
        return row;
    }
}
