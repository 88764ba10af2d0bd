package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * How long methods and comments are, how many parameters and fields there are, and what types are called, in
 * the sources of all modules. What is over a limit stands in {@code house-exceptions.txt}, which only
 * shrinks: an entry that nothing needs any more is a failure too.
 */
class SourceRulesTest {
    private static final int MOST_LINES = 60;
    private static final int MOST_PARAMETERS = 6;
    private static final int MOST_FIELDS = 12;
    private static final int MOST_COLUMNS_OF_COMMENTS = 110;
    private static final Pattern COMMENT = Pattern.compile("\\s*(/\\*\\*|\\*|//)(?!/).*");
    private static final Pattern ONE_WORD = Pattern.compile("\\s*(\\*|//) [\\p{L}\\d(\"'][^\\s]*");
    private static final Path EXCEPTIONS = Path.of("src/test/resources/house-exceptions.txt");
    private static final List<String> MODULES = List.of("chord-core", "chord-core/sim", "chord-client", "chord-node");

    private static final Set<String> tooLarge = new TreeSet<>();
    private static final Map<String, List<String>> types = new TreeMap<>();

    @BeforeAll
    static void readSources() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources()));
            Trees trees = Trees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                unit.accept(new Measuring(unit, trees.getSourcePositions()), null);
                unit.getTypeDecls().stream()
                        .filter(ClassTree.class::isInstance)
                        .map(type -> ((ClassTree) type).getSimpleName().toString())
                        .forEach(name -> types.computeIfAbsent(name, n -> new ArrayList<>())
                                .add(String.valueOf(unit.getPackageName())));
            }
        }
    }

    private static List<Path> sources() throws IOException {
        return sources("src/main/java");
    }

    private static List<Path> sources(String within) throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(Path.of("..").resolve(module).resolve(within))) {
                files.filter(file -> file.toString().endsWith(".java")
                                && !file.endsWith("package-info.java")
                                && !file.endsWith("module-info.java"))
                        .forEach(sources::add);
            }
        }
        return sources;
    }

    /** Notes what is over a limit in one file. */
    private static final class Measuring extends TreeScanner<Void, Void> {
        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private String within = "";

        Measuring(CompilationUnitTree unit, SourcePositions positions) {
            this.unit = unit;
            this.positions = positions;
        }

        @Override
        public Void visitClass(ClassTree type, Void nothing) {
            String before = within;
            within = before.isEmpty() ? type.getSimpleName().toString() : before + "." + type.getSimpleName();
            long fields = type.getMembers().stream()
                    .filter(member -> member instanceof VariableTree field
                            && !field.getModifiers().getFlags().contains(Modifier.STATIC))
                    .count();
            boolean holds = type.getKind() != Tree.Kind.ENUM && type.getKind() != Tree.Kind.RECORD;
            note(holds && fields > MOST_FIELDS, "fields " + within);
            super.visitClass(type, nothing);
            within = before;
            return null;
        }

        @Override
        public Void visitMethod(MethodTree method, Void nothing) {
            String name = within + "." + method.getName();
            note(method.getParameters().size() > MOST_PARAMETERS, "parameters " + name);
            note(lines(method) > MOST_LINES, "lines " + name);
            return super.visitMethod(method, nothing);
        }

        private long lines(Tree tree) {
            long from = unit.getLineMap().getLineNumber(positions.getStartPosition(unit, tree));
            return unit.getLineMap().getLineNumber(positions.getEndPosition(unit, tree)) - from + 1;
        }

        private static void note(boolean over, String what) {
            if (over) {
                tooLarge.add(what);
            }
        }
    }

    @Test
    void everyDecisionIsInTheIndex() throws IOException {
        Path decisions = Path.of("../docs/decisions");
        String index = Files.readString(decisions.resolve("README.md"));
        try (Stream<Path> files = Files.list(decisions)) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> !name.equals("README.md"))
                            .filter(name -> !index.contains("](" + name + ")")))
                    .isEmpty();
        }
    }

    @Test
    void whatIsTooLargeIsKnownAndShrinks() throws IOException {
        Set<String> known = Files.readAllLines(EXCEPTIONS).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(tooLarge)
                .as(
                        "methods of more than %d lines or %d parameters, types of more than %d fields",
                        MOST_LINES, MOST_PARAMETERS, MOST_FIELDS)
                .isEqualTo(known);
    }

    @Test
    void linesOfCommentsAreNeitherTooLongNorOneWord() throws IOException {
        List<Path> files = new ArrayList<>(sources());
        files.addAll(sources("src/test/java"));
        List<String> odd = new ArrayList<>();
        for (Path file : files) {
            for (String line : Files.readAllLines(file)) {
                boolean comment = COMMENT.matcher(line).matches();
                if (comment && line.length() > MOST_COLUMNS_OF_COMMENTS
                        || ONE_WORD.matcher(line).matches()) {
                    odd.add(file.getFileName() + ": " + line.strip());
                }
            }
        }
        assertThat(files.size()).isGreaterThan(600);
        assertThat(odd)
                .as("lines of comments of more than %d columns, or of one word", MOST_COLUMNS_OF_COMMENTS)
                .isEmpty();
    }

    @Test
    void noTwoTypesHaveOneNameAndNoneIsNamedAsAnImplementation() {
        assertThat(types).hasSizeGreaterThan(400);
        assertThat(types.keySet()).noneMatch(name -> name.endsWith("Impl"));
        assertThat(types.entrySet())
                .filteredOn(type -> type.getValue().size() > 1)
                .isEmpty();
    }
}
