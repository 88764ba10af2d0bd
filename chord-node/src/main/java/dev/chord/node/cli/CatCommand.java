package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chord cat}: bytes to standard output. */
@Command(
        name = "cat",
        description = "Write a file, or a range of its bytes, to standard output; verified before it is written.",
        mixinStandardHelpOptions = true)
final class CatCommand extends RingVerb {
    private static final Pattern RANGE = Pattern.compile("(\\d{1,18})-(\\d{0,18})");

    @Parameters(paramLabel = "REF", description = "content id or its beginning, name, name@node; id: and name: force")
    String ref = "";

    @Option(
            names = "--range",
            paramLabel = "A-B",
            description = "bytes A to B, both included, counted from 0; 'A-': to the end")
    @Nullable
    String range;

    @Override
    int run(Ring ring, Output out) {
        long from = 0;
        long to = -1;
        if (range != null) {
            Matcher matcher = RANGE.matcher(range);
            if (!matcher.matches()) {
                throw new ChordException(
                        ErrorCode.USAGE, "--range '" + range + "' is not A-B", "write for example 0-99");
            }
            from = Long.parseLong(matcher.group(1));
            to = matcher.group(2).isEmpty() ? -1 : Long.parseLong(matcher.group(2));
        }
        ring.files().copyTo(ref, from, to, ResultStream.bytesOut());
        return 0;
    }
}
