package dev.chord.node.cli;

import dev.chord.client.Coverage;
import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.demo.Sizes;
import dev.chord.node.gateway.Views;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chord search}: names in the whole ring. */
@Command(
        name = "search",
        description = {
            "Find names in the whole ring.",
            "A PATTERN with * ? or [..] has to fit the whole name; any other is looked for inside it, whatever its case.",
            "Prints names as their owners answer, in no order; says which parts of the ring did not answer: then the exit code is 4."
        },
        mixinStandardHelpOptions = true)
final class SearchCommand extends RingVerb {
    @Parameters(paramLabel = "PATTERN", description = "for example 'reports/*.pdf', or thesis")
    String pattern = "";

    @Option(names = "--prefix", description = "the PATTERN is what the names begin with")
    boolean prefix;

    @Override
    int run(Ring ring, Output out) {
        if (out.json()) {
            return LsCommand.print(
                    prefix ? ring.names().list(pattern) : ring.names().search(pattern), out);
        }
        AtomicLong count = new AtomicLong();
        Consumer<NameEntry> show = entry -> {
            count.incrementAndGet();
            out.line(Views.name(entry), line(entry));
            if (out.broken()) {
                throw new ChordException(ErrorCode.UNFINISHED, "nobody reads the output any more", "");
            }
        };
        Coverage coverage =
                prefix ? ring.names().list(pattern, show) : ring.names().search(pattern, show);
        return conclude(count.get(), coverage, out);
    }

    /** A name as it is listed. */
    static String line(NameEntry entry) {
        return String.format(
                Locale.ROOT,
                "%s  %8s  %s  v%-6s  %s",
                entry.content().toHex().substring(0, 10),
                Sizes.of(entry.size()),
                entry.shared() ? "shared" : "stored",
                entry.version().number(),
                FileName.printable(entry.name()));
    }

    /** Says how complete a list is; the exit code to end with. */
    static int conclude(long names, Coverage coverage, Output out) {
        String answered = coverage.complete()
                ? String.format(
                        Locale.ROOT,
                        "the whole ring answered (%d members, %d answers deep)",
                        coverage.effort().asked(),
                        coverage.effort().depth())
                : String.format(Locale.ROOT, "%.1f %% of the ring answered", 100 * coverage.fraction());
        out.note(names + (names == 1 ? " name; " : " names; ") + answered);
        if (!coverage.complete()) {
            coverage.missing().forEach(arc -> out.note("missing: the keys in " + arc));
            coverage.silent().forEach(line -> out.note("silent: " + line));
        }
        return coverage.complete() ? 0 : ErrorCode.PARTIAL.exitCode();
    }
}
