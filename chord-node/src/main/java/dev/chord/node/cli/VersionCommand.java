package dev.chord.node.cli;

import dev.chord.client.wire.RingHeaders;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParentCommand;

/** {@code chord version}. */
@Command(name = "version", description = "Print the version.", mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer> {
    @ParentCommand
    ChordCommand root;

    /** For {@code --version}. */
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {line()};
        }
    }

    private static String number() {
        String version = VersionCommand.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private static String line() {
        return "chord " + number() + ", protocol " + RingHeaders.PROTOCOL + ", Java "
                + System.getProperty("java.version");
    }

    @Override
    public Integer call() {
        Map<String, Object> value = Map.of(
                "version", number(), "protocol", RingHeaders.PROTOCOL, "java", System.getProperty("java.version"));
        root.globals.output().result(value, List.of(line()));
        return 0;
    }
}
