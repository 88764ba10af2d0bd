package dev.chord.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What messages tell people to type exists: every option and every command that a text of the sources names
 * is one of the parser's.
 */
class HintsTest {
    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");
    private static final Pattern OPTION = Pattern.compile("(?<![A-Za-z0-9-])--[a-z][a-z0-9.-]*[a-z0-9]");
    private static final Pattern COMMAND =
            Pattern.compile("(?<![A-Za-z0-9/.-])chord ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?");
    // programs that the product is measured beside have options of their own
    private static final List<String> OTHERS = List.of("/node/bench/", "BenchCommand.java");

    private final CommandLine parser = Cli.commandLine("completion");

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String module : List.of("chord-client", "chord-core", "chord-core/sim", "chord-node")) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
                files.filter(file -> file.toString().endsWith(".java")
                                && OTHERS.stream().noneMatch(file.toString()::contains))
                        .forEach(sources::add);
            }
        }
        return sources;
    }

    private static Set<String> options(CommandLine command) {
        Set<String> names = new LinkedHashSet<>();
        for (OptionSpec option : command.getCommandSpec().options()) {
            names.addAll(List.of(option.names()));
        }
        command.getSubcommands().values().forEach(sub -> names.addAll(options(sub)));
        return names;
    }

    // Sentences run over several literals: what stands in one expression is read as one text.
    private static List<String> texts(String source) {
        String joined = source.replaceAll("\"\\s*\\+\\s*\"", "");
        List<String> texts = new ArrayList<>();
        Matcher literal = LITERAL.matcher(joined);
        while (literal.find()) {
            texts.add(literal.group(1));
        }
        return texts;
    }

    @Test
    void everyOptionThatATextNamesExists() throws IOException {
        Set<String> known = options(parser);
        List<String> unknown = new ArrayList<>();
        int seen = 0;
        for (Path source : sources()) {
            for (String text : texts(Files.readString(source))) {
                Matcher option = OPTION.matcher(text);
                while (option.find()) {
                    seen++;
                    if (!known.contains(option.group())) {
                        unknown.add(source.getFileName() + ": " + option.group() + " in \"" + text + "\"");
                    }
                }
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(seen).isGreaterThan(100);
    }

    @Test
    void theGuideListsEveryExitCode() throws IOException {
        String guide = Files.readString(Path.of("../docs/user-guide.md"));
        for (ErrorCode code : ErrorCode.values()) {
            assertThat(guide).contains("| " + code.exitCode() + " | " + code.name() + " | ");
        }
    }

    @Test
    void everyCommandThatATextNamesExists() throws IOException {
        List<String> unknown = new ArrayList<>();
        int seen = 0;
        for (Path source : sources()) {
            for (String text : texts(Files.readString(source))) {
                Matcher command = COMMAND.matcher(text);
                while (command.find()) {
                    boolean quoted = command.start() == 0 || "' \\".indexOf(text.charAt(command.start() - 1)) >= 0;
                    CommandLine verb = parser.getSubcommands().get(command.group(1));
                    boolean nested = verb == null
                            || verb.getSubcommands().isEmpty()
                            || command.group(2) == null
                            || verb.getSubcommands().containsKey(command.group(2));
                    seen += verb == null ? 0 : 1;
                    if (quoted && (verb == null || !nested)) {
                        unknown.add(source.getFileName() + ": " + command.group());
                    }
                }
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(seen).isGreaterThan(10);
    }
}
