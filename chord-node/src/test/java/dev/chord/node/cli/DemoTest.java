package dev.chord.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The demo, from its beginning to its end: it checks every step itself. */
class DemoTest {
    @Test
    void theTourEndsWell() {
        PrintStream terminal = System.out;
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        System.setOut(new PrintStream(shown, true, StandardCharsets.UTF_8));
        int exit;
        try {
            exit = Cli.run("demo", "--exit");
        } finally {
            System.setOut(terminal);
        }
        String text = shown.toString(StandardCharsets.UTF_8);
        assertThat(exit).as(text).isZero();
        assertThat(text).contains("every byte compared with its original: all equal");
    }
}
