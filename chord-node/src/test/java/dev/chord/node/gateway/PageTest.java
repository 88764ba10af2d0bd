package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.chord.node.ChordNode;
import dev.chord.node.demo.DemoTour;
import dev.chord.node.demo.LocalRing;
import java.io.File;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.WebDriverWait;

/** The page in a real browser, on a real ring. Pictures of it are left in {@code target/page}. */
@Tag("slow")
class PageTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private Path work;

    private static Optional<File> onPath(String... names) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(folder -> Stream.of(names).map(name -> new File(folder, name)))
                .filter(File::canExecute)
                .findFirst();
    }

    @Test
    void whatAPersonDoesOnThePage() throws Exception {
        Optional<File> browser = onPath("chromium", "chromium-browser", "google-chrome");
        Optional<File> driver = onPath("chromedriver");
        assumeFalse(
                browser.isEmpty() || driver.isEmpty(),
                "the page, for there is no chromium with chromedriver on this machine");
        try (LocalRing ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 5);
                Gateway gateway = Gateway.start(ring)) {
            ring.awaitIdeal(LIMIT);
            ChromeDriver chrome = open(browser.get(), driver.get());
            try {
                chrome.get(gateway.url());
                visit(chrome, ring);
            } finally {
                chrome.quit();
            }
        }
    }

    private static ChromeDriver open(File browser, File driver) {
        ChromeOptions options = new ChromeOptions();
        options.setBinary(browser);
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
                "--force-prefers-reduced-motion",
                "--window-size=1300,1150");
        ChromeDriverService service =
                new ChromeDriverService.Builder().usingDriverExecutable(driver).build();
        return new ChromeDriver(service, options);
    }

    private void visit(ChromeDriver chrome, LocalRing ring) throws Exception {
        await(chrome, "5 of 5 members up", () -> text(chrome, "summary"));
        await(chrome, "every invariant holds", () -> text(chrome, "health"));
        assertThat(chrome.findElements(By.cssSelector("#ring .member"))).hasSize(5);
        assertThat(chrome.findElements(By.cssSelector("#ring .arc"))).hasSize(5);

        Path file = Files.writeString(work.resolve("größe & <b>.txt"), "what is on the ring\n", StandardCharsets.UTF_8);
        chrome.findElement(By.id("file")).sendKeys(file.toString());
        press(chrome, "#upload button");
        await(chrome, "3 copies", () -> text(chrome, "uploaded"));
        chrome.findElement(By.id("q")).sendKeys("GRöße &");
        press(chrome, "#search button");
        await(chrome, "1 name; the whole ring answered", () -> text(chrome, "coverage"));
        WebElement link = chrome.findElement(By.cssSelector("#files a"));
        assertThat(link.getText()).isEqualTo("größe & <b>.txt");

        press(chrome, "#files button");
        await(chrome, "owner of its key", () -> text(chrome, "detail-body"));
        assertThat(chrome.findElements(By.cssSelector("#ring .member.lit"))).hasSize(3);
        chrome.findElement(By.id("key")).sendKeys("größe & <b>.txt");
        press(chrome, "#lookup button");
        await(chrome, "owner 127.0.0.1", () -> text(chrome, "hops"));
        picture(chrome, "lookup.png");

        ChordNode victim = ring.nodes().get(2);
        String address = victim.endpoint().toString();
        String id = victim.self().id().toHex();
        // by keyboard, for two members may stand so close that one covers the other
        chrome.executeScript(
                "const m = document.querySelector(`#ring [data-id='${arguments[0]}']`); m.focus();"
                        + "m.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}))",
                id);
        await(chrome, "Kill this node", () -> text(chrome, "detail-body"));
        assertThat(chrome.findElements(By.cssSelector("#ring .chord")))
                .as("its fingers")
                .isNotEmpty();
        press(chrome, "#detail-body button");
        await(chrome, address, () -> text(chrome, "events"));
        await(chrome, "4 of 4 members up", () -> text(chrome, "summary"));
        picture(chrome, "after-a-death.png");
        press(chrome, "#add");
        await(chrome, "5 of 5 members up", () -> text(chrome, "summary"));
        press(chrome, "#cut");
        await(chrome, "out of reach: 127.0.0.1", () -> text(chrome, "links"));
        await(chrome, "3 of ", () -> text(chrome, "summary"));
        picture(chrome, "cut-in-two.png");
        press(chrome, "#cut");
        await(chrome, "5 of 5 members up", () -> text(chrome, "summary"));
        await(chrome, "every invariant holds", () -> text(chrome, "health"));
        new DemoTour(ring, new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)).run(null);
        await(chrome, "every byte compared with its original: all equal", () -> text(chrome, "tour"));
        // names that somebody else has written come by themselves
        chrome.findElement(By.id("q")).clear();
        press(chrome, "#search button");
        await(chrome, "large.bin", () -> text(chrome, "files"));
        picture(chrome, "after-the-tour.png");
        chrome.manage().window().setSize(new org.openqa.selenium.Dimension(420, 900));
        picture(chrome, "phone.png");
        Object wide = chrome.executeScript("const page = document.documentElement;"
                + "return page.scrollWidth <= page.clientWidth ? '' : 'too wide: ' + [...document.querySelectorAll('main *')]"
                + ".filter(e => e.getBoundingClientRect().right > page.clientWidth)"
                + ".map(e => e.outerHTML.slice(0, 120)).join('\\n')");
        assertThat(wide).as("what sticks out on a phone").isEqualTo("");
        List<String> errors = chrome.manage().logs().get("browser").getAll().stream()
                .map(entry -> entry.getMessage())
                .filter(message -> !message.contains("503"))
                .toList();
        assertThat(errors).isEmpty();
    }

    private static void press(ChromeDriver chrome, String button) {
        chrome.findElement(By.cssSelector(button)).click();
    }

    private static String text(ChromeDriver chrome, String id) {
        return chrome.findElement(By.id(id)).getText();
    }

    private interface Shown {
        String text();
    }

    private static void await(ChromeDriver chrome, String wanted, Shown shown) {
        new WebDriverWait(chrome, LIMIT)
                .withMessage(() -> "no '" + wanted + "' but: " + shown.text())
                .until(c -> shown.text().contains(wanted));
    }

    private static void picture(ChromeDriver chrome, String name) throws Exception {
        Path folder = Files.createDirectories(Path.of("target/page"));
        Files.write(folder.resolve(name), chrome.getScreenshotAs(OutputType.BYTES));
    }
}
