package dev.headrace.graph.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/// Tests in a real browser. They want Chromium at one of the usual places, or where the environment
/// variable `HEADRACE_CHROMIUM` says; without one they are skipped, but fail where `CI` is set.
/// Screenshots are left in `target/screenshots`. A page that complains on its console, or asks for
/// anything beyond its own address, fails its test.
abstract class InChromium {
    private static final Path SHOTS = Path.of("target/screenshots");
    private static Playwright playwright;
    private static Browser browser;

    final List<String> complaints = new ArrayList<>();
    Page page;

    @BeforeAll
    static void start() throws IOException {
        var chromium =
                Stream.of(
                                System.getenv().getOrDefault("HEADRACE_CHROMIUM", ""),
                                "/usr/bin/chromium",
                                "/usr/bin/chromium-browser",
                                "/usr/bin/google-chrome")
                        .filter(path -> !path.isEmpty())
                        .map(Path::of)
                        .filter(Files::isExecutable)
                        .findFirst();
        if (System.getenv("CI") == null) {
            assumeTrue(chromium.isPresent(), "no Chromium found: apt-get install chromium");
        }
        var program =
                chromium.orElseThrow(
                        () -> new AssertionError("no Chromium found: apt-get install chromium"));
        Files.createDirectories(SHOTS);
        playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser =
                playwright
                        .chromium()
                        .launch(
                                new BrowserType.LaunchOptions()
                                        .setExecutablePath(program)
                                        .setArgs(
                                                List.of(
                                                        "--no-sandbox",
                                                        "--disable-gpu",
                                                        "--disable-quic")));
    }

    @AfterAll
    static void stop() {
        if (playwright != null) {
            playwright.close();
        }
    }

    @AfterEach
    void nothingWasComplainedOfNorLoaded() {
        if (page != null) {
            page.context().close();
            assertEquals(List.of(), complaints);
        }
    }

    /// Opens a page, which may ask for what lies below its address, and for nothing else.
    void open(String address, ColorScheme scheme) {
        page =
                browser.newContext(
                                new Browser.NewContextOptions()
                                        .setColorScheme(scheme)
                                        .setReducedMotion(ReducedMotion.REDUCE)
                                        .setViewportSize(1400, 900))
                        .newPage();
        page.onConsoleMessage(message -> complaints.add(message.type() + " " + message.text()));
        page.onPageError(complaints::add);
        page.onRequest(
                request -> {
                    var url = request.url();
                    if (!url.startsWith(address) && !url.startsWith("data:")) {
                        complaints.add("asks for " + url);
                    }
                });
        page.navigate(address);
    }

    /// Leaves a picture of the page as it is.
    void shoot(String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(SHOTS.resolve(name + ".png")));
    }
}
