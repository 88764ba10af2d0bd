package dev.chord.planted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Breaks the code of a module in the ways that a list names, one at a time, and wants to see a check go red.
 * A third of them is drawn anew each time, and the draw is printed with the command that repeats it: {@code
 * -Dchord.planted.seed=N}. All are taken with {@code -Dchord.planted=all}, and those whose names begin so
 * with {@code -Dchord.bug=BEGINNING}.
 */
public final class PlantedBugs {
    /** A broken program may run for ever. */
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private static final String CLASS_PATH = System.getProperty("java.class.path");

    private final List<Path> sources;
    private final Class<?> checks;
    private final Path list;
    private final Path work;

    /**
     * @param sources the folder that the list's paths begin in
     * @param work an empty folder
     */
    public PlantedBugs(Path sources, Path list, Path work) {
        this(List.of(sources), Killers.class, list, work);
    }

    /**
     * @param sources the folders that the list's paths begin in: a file is taken from the first that has it
     * @param checks the class whose {@code run} does what the list calls {@code kill}, as {@link
     *     Killers#run} does
     * @param work an empty folder
     */
    public PlantedBugs(List<Path> sources, Class<?> checks, Path list, Path work) {
        this.sources = List.copyOf(sources);
        this.checks = checks;
        this.list = list;
        this.work = work;
    }

    private record Change(String before, String after) {}

    private record Bug(String name, Path file, String kill, List<Change> changes) {}

    /**
     * One test for each bug that is taken, and one that sees whether every bug of the list still fits
     * the code.
     *
     * @param caller the test that runs them, for the command that repeats it
     * @param atLeast how many bugs the list has at least
     */
    public Stream<DynamicTest> tests(Class<?> caller, int atLeast) throws IOException {
        List<Bug> bugs = read();
        assertThat(bugs).hasSizeGreaterThanOrEqualTo(atLeast);
        DynamicTest fits = DynamicTest.dynamicTest("every bug fits the code", () -> {
            for (Bug bug : bugs) {
                changed(bug);
            }
        });
        return Stream.concat(
                Stream.of(fits),
                taken(bugs, caller).stream()
                        .map(bug -> DynamicTest.dynamicTest(
                                bug.name(), () -> assertTimeoutPreemptively(LIMIT, () -> plant(bug), "it hangs"))));
    }

    private static List<Bug> taken(List<Bug> bugs, Class<?> caller) {
        String only = System.getProperty("chord.bug", "");
        if (!only.isEmpty() || "all".equals(System.getProperty("chord.planted"))) {
            return bugs.stream().filter(bug -> bug.name().startsWith(only)).toList();
        }
        long seed =
                Long.getLong("chord.planted.seed", ThreadLocalRandom.current().nextInt(1_000_000));
        List<Bug> shuffled = new ArrayList<>(bugs);
        Collections.shuffle(shuffled, new Random(seed));
        List<Bug> drawn = shuffled.subList(0, (bugs.size() + 2) / 3);
        System.out.printf(
                "planted: %d of %d bugs, drawn by seed %d; the same again: mvn -pl %s -am test -Dtest=%s"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dchord.planted.seed=%d%n",
                drawn.size(), bugs.size(), seed, module(), caller.getSimpleName(), seed);
        return bugs.stream().filter(drawn::contains).toList();
    }

    // The directory of the module that is tested, as Maven's option -pl names it.
    private static Path module() {
        Path here = Path.of("").toAbsolutePath();
        Path root = here;
        while (root.getParent() != null && !Files.isDirectory(root.resolve(".mvn"))) {
            root = root.getParent();
        }
        return root.relativize(here);
    }

    private static String changed(Bug bug) throws IOException {
        String source = Files.readString(bug.file());
        for (Change change : bug.changes()) {
            assertThat(source)
                    .as("%s: the text to change in %s", bug.name(), bug.file())
                    .contains(change.before());
            source = source.replace(change.before(), change.after());
        }
        return source;
    }

    private void plant(Bug bug) throws Exception {
        Path classes = Files.createTempDirectory(work, "bug");
        compile(bug, changed(bug), classes);
        try (URLClassLoader loader = broken(classes)) {
            Class<?> killers = loader.loadClass(checks.getName());
            assertThat(killers.getClassLoader()).isSameAs(loader);
            String red = (String) killers.getMethod("run", String.class).invoke(null, bug.kill());
            assumeFalse(
                    red.equals(Killers.SKIPPED), "planted " + bug.name() + ": its check is skipped on this machine");
            assertThat(red).as("%s survives '%s'", bug.name(), bug.kill()).isNotEmpty();
            System.out.println("planted " + bug.name() + "\n    killed by " + bug.kill() + ": " + red);
        }
    }

    private void compile(Bug bug, String source, Path into) throws IOException {
        Path file =
                Files.createDirectories(into.resolve("src")).resolve(bug.file().getFileName());
        Files.writeString(file, source);
        ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
        StringWriter messages = new StringWriter();
        PrintWriter out = new PrintWriter(messages);
        int code =
                javac.run(out, out, "-d", into.toString(), "-cp", CLASS_PATH, "-proc:none", "-nowarn", file.toString());
        assertThat(code).as("%s", messages).isZero();
    }

    // Our classes come from the broken ones first and never from the tests that are running; all others
    // are shared.
    private static URLClassLoader broken(Path classes) {
        List<URL> urls = new ArrayList<>();
        try {
            urls.add(classes.toUri().toURL());
            for (String path : CLASS_PATH.split(File.pathSeparator)) {
                urls.add(Path.of(path).toUri().toURL());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ClassLoader shared = PlantedBugs.class.getClassLoader();
        return new URLClassLoader(urls.toArray(URL[]::new), shared) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (!name.startsWith("dev.chord.")) {
                    return super.loadClass(name, resolve);
                }
                synchronized (getClassLoadingLock(name)) {
                    Class<?> known = findLoadedClass(name);
                    return known != null ? known : findClass(name);
                }
            }
        };
    }

    private Path source(String file) {
        return sources.stream()
                .map(folder -> folder.resolve(file))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no " + file + " in " + sources));
    }

    private List<Bug> read() throws IOException {
        List<Bug> bugs = new ArrayList<>();
        String name = "";
        Path file = list;
        String kill = "";
        List<Change> changes = new ArrayList<>();
        StringBuilder before = new StringBuilder();
        StringBuilder after = new StringBuilder();
        List<String> lines = new ArrayList<>(Files.readAllLines(list));
        lines.add("== end");
        for (String line : lines) {
            boolean changeEnds = !after.isEmpty() && !line.startsWith("+ ");
            if (changeEnds) {
                changes.add(new Change(before.toString(), after.toString()));
                before.setLength(0);
                after.setLength(0);
            }
            if (line.startsWith("== ")) {
                if (!changes.isEmpty()) {
                    bugs.add(new Bug(name, file, kill, List.copyOf(changes)));
                    changes.clear();
                }
                name = line.substring(3);
            } else if (line.startsWith("in ")) {
                file = source(line.substring(3));
            } else if (line.startsWith("kill ")) {
                kill = line.substring(5);
            } else if (line.startsWith("- ")) {
                before.append(before.isEmpty() ? "" : "\n").append(line.substring(2));
            } else if (line.startsWith("+ ")) {
                after.append(after.isEmpty() ? "" : "\n").append(line.substring(2));
            }
        }
        return bugs;
    }
}
